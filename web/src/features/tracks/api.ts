import { api, take } from '@/lib/api/client'
import type { paths } from '@/lib/api/schema'
import { pagedQuery } from '@/lib/paged'

type TrackFilters = NonNullable<paths['/api/v1/tracks']['get']['parameters']['query']>
/** Ratings are not given yet, so nothing is sorted by them. */
export type TrackSort = Exclude<NonNullable<TrackFilters['sort']>, 'rating'>
export type Direction = NonNullable<TrackFilters['order']>

const PAGE = 200

export function tracksQuery(filters: Pick<TrackFilters, 'sort' | 'order' | 'genre'>) {
  return pagedQuery(['tracks', 'list', filters], (cursor, signal) =>
    take(api.GET('/api/v1/tracks', { params: { query: { ...filters, limit: PAGE, cursor } }, signal })),
  )
}
