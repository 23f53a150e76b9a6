import { queryOptions } from '@tanstack/react-query'
import { api, confirm, session, take } from '@/lib/api/client'
import { queryClient } from '@/lib/query'

export const sessionsQuery = queryOptions({
  queryKey: ['me', 'sessions'],
  queryFn: () => take(api.GET('/api/v1/me/sessions')),
})

export const apiKeysQuery = queryOptions({
  queryKey: ['me', 'api-keys'],
  queryFn: () => take(api.GET('/api/v1/me/api-keys')),
})

export function updateProfile(change: { displayName: string; bio: string }) {
  return take(api.PATCH('/api/v1/me', { body: change }))
}

export function putAvatar(picture: File) {
  const form = { headers: { 'Content-Type': picture.type }, bodySerializer: () => picture }
  // The document describes no body, since it is a picture and not JSON.
  return take(api.PUT('/api/v1/me/avatar', { ...form, body: picture as never }))
}

export function removeAvatar(): Promise<void> {
  return confirm(api.DELETE('/api/v1/me/avatar'))
}

export function changePassword(change: { current: string; new: string }): Promise<void> {
  return confirm(api.POST('/api/v1/me/password', { body: change }))
}

export function endSession(sessionId: string): Promise<void> {
  return confirm(
    api.DELETE('/api/v1/me/sessions/{session_id}', { params: { path: { session_id: sessionId } } }),
  )
}

export function createApiKey(key: { name: string; scopes: ('read' | 'write')[] }) {
  return take(api.POST('/api/v1/me/api-keys', { body: key }))
}

export function revokeApiKey(keyId: string): Promise<void> {
  return confirm(api.DELETE('/api/v1/me/api-keys/{key_id}', { params: { path: { key_id: keyId } } }))
}

/** Signs out here even when the server cannot be told. */
export async function signOut(): Promise<void> {
  await confirm(api.POST('/api/v1/auth/logout')).catch(() => undefined)
  session.end()
  queryClient.clear()
}
