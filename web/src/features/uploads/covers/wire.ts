import { trackQuery } from '@/features/uploads/api'
import { api, take } from '@/lib/api/client'
import type { components } from '@/lib/api/schema'
import { queryClient } from '@/lib/query'

type TrackDetail = components['schemas']['TrackDetail']

const of = (trackId: string) => ({ path: { track_id: trackId } })

/** Gives a track a cover, and its album, where that is its uploader's alone. */
export async function putCover(trackId: string, picture: Blob): Promise<void> {
  const form = { headers: { 'Content-Type': picture.type }, bodySerializer: () => picture }
  // The document describes no body, since it is a picture and not JSON.
  const body = picture as never
  shown(await take(api.PUT('/api/v1/tracks/{track_id}/cover', { params: of(trackId), ...form, body })))
}

/** Goes back to the cover that the file brings, or none. */
export async function clearCover(trackId: string): Promise<void> {
  shown(await take(api.DELETE('/api/v1/tracks/{track_id}/cover', { params: of(trackId) })))
}

function shown(track: TrackDetail): void {
  const { queryKey } = trackQuery(track.id)
  queryClient.setQueryData(queryKey, track)
  // An answer that was on its way meanwhile knows nothing of it.
  void queryClient.invalidateQueries({ queryKey, exact: true })
  void queryClient.invalidateQueries({ queryKey: ['albums'] })
}
