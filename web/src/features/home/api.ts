import { queryOptions } from '@tanstack/react-query'
import { api, take } from '@/lib/api/client'
import type { AlbumSummary, Track } from '@/lib/api/types'

const ON_A_SHELF = 18
const HISTORY = 60
const RECENT = 9

export type ShelfSort = 'added' | 'played'

export function shelfQuery(sort: ShelfSort) {
  return queryOptions({
    queryKey: ['albums', 'shelf', sort],
    queryFn: async (): Promise<AlbumSummary[]> => {
      const page = await take(api.GET('/api/v1/albums', { params: { query: { sort, limit: ON_A_SHELF } } }))
      return page.items.filter((album) => sort !== 'played' || album.playCount > 0)
    },
  })
}

/** The tracks heard last, each once, the latest first. */
export const recentTracksQuery = queryOptions({
  queryKey: ['history', 'recent'],
  queryFn: async (): Promise<Track[]> => {
    const page = await take(api.GET('/api/v1/me/history', { params: { query: { limit: HISTORY } } }))
    const ids = [...new Set(page.items.map((entry) => entry.trackId))].slice(0, RECENT)
    const found = await Promise.allSettled(
      ids.map((id) => take(api.GET('/api/v1/tracks/{track_id}', { params: { path: { track_id: id } } }))),
    )
    // A track may have been deleted since it was heard.
    return found.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  },
  staleTime: 30_000,
})
