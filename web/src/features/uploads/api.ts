import { queryOptions } from '@tanstack/react-query'
import { api, confirm, take } from '@/lib/api/client'
import type { components } from '@/lib/api/schema'
import { pagedQuery } from '@/lib/paged'
import type { ServerWord } from './engine/step'

export type Upload = components['schemas']['Upload']
export type UploadLimits = components['schemas']['UploadLimits']

const PAGE = 50
const WATCHED = 100
const UNTIL_READY_MS = 1_000

const at = (uploadId: string) => ({ path: { upload_id: uploadId } })

/** One's own uploads, newest first. */
export const recentQuery = pagedQuery<Upload>(['uploads', 'recent'], (cursor, signal) =>
  take(api.GET('/api/v1/uploads', { params: { query: { limit: PAGE, cursor } }, signal })),
)

/** What may be uploaded, and how much of it. */
export const limitsQuery = queryOptions({
  queryKey: ['uploads', 'limits'],
  queryFn: () => take(api.GET('/api/v1/uploads/limits')),
})

/** A track; one that the catalogue has not heard the end of yet is asked for again until it has. */
export function trackQuery(trackId: string) {
  return queryOptions({
    queryKey: ['tracks', trackId],
    queryFn: () => take(api.GET('/api/v1/tracks/{track_id}', { params: { path: { track_id: trackId } } })),
    refetchInterval: ({ state }) => (state.data?.state === 'processing' ? UNTIL_READY_MS : false),
  })
}

/** The newest uploads in one go: what the live socket may have failed to tell. */
export async function fetchNewest(): Promise<Upload[]> {
  return (await take(api.GET('/api/v1/uploads', { params: { query: { limit: WATCHED } } }))).items
}

export function deleteTrack(trackId: string): Promise<void> {
  return confirm(api.DELETE('/api/v1/tracks/{track_id}', { params: { path: { track_id: trackId } } }))
}

export function discardUpload(uploadId: string): Promise<void> {
  return confirm(api.DELETE('/api/v1/uploads/{upload_id}', { params: at(uploadId) }))
}

export function keepUpload(uploadId: string): Promise<ServerWord> {
  return take(api.POST('/api/v1/uploads/{upload_id}/keep', { params: at(uploadId) })).then(wordOf)
}

/** The server's answer as the engine hears it. */
export function wordOf({ id, state, progress, reasonCode, reason, duplicateOf }: Upload): ServerWord {
  return { uploadId: id, state, progress, reasonCode, reason, duplicateOf }
}
