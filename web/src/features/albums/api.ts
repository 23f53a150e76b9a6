import { api, take } from '@/lib/api/client'
import type { paths } from '@/lib/api/schema'
import { pagedQuery } from '@/lib/paged'

type AlbumFilters = NonNullable<paths['/api/v1/albums']['get']['parameters']['query']>
/** Ratings are not given yet, so nothing is sorted by them. */
export type AlbumSort = Exclude<NonNullable<AlbumFilters['sort']>, 'rating'>

const PAGE = 60

export function albumsQuery(filters: Pick<AlbumFilters, 'sort' | 'genre' | 'yearFrom' | 'yearTo'>) {
  return pagedQuery(['albums', 'list', filters], (cursor, signal) =>
    take(api.GET('/api/v1/albums', { params: { query: { ...filters, limit: PAGE, cursor } }, signal })),
  )
}
