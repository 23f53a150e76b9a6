import { api, take } from '@/lib/api/client'
import { ApiError, describeError } from '@/lib/api/error'
import type { Tokens } from '@/lib/api/types'

export function logIn(name: string, password: string): Promise<Tokens> {
  return take(api.POST('/api/v1/auth/login', { body: { name: name.trim(), password } }))
}

export interface NewAccount {
  name: string
  password: string
  invite: string | undefined
}

/** Makes an account, and signs it in. */
export async function register({ name, password, invite }: NewAccount): Promise<Tokens> {
  const body = { name: name.trim(), password, ...(invite === undefined ? {} : { invite }) }
  await take(api.POST('/api/v1/users', { body }))
  return logIn(name, password)
}

export function explainRefusal(error: unknown): string {
  if (error instanceof ApiError && error.status === 429 && error.retryAfterS !== null) {
    return `Too many tries. Wait ${error.retryAfterS} seconds, then try again.`
  }
  return describeError(error)
}
