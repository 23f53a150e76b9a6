import { api, take } from '@/lib/api/client'
import type { paths } from '@/lib/api/schema'
import { pagedQuery } from '@/lib/paged'

type ArtistFilters = NonNullable<paths['/api/v1/artists']['get']['parameters']['query']>
export type ArtistSort = NonNullable<ArtistFilters['sort']>

const PAGE = 100

export function artistsQuery(filters: Pick<ArtistFilters, 'sort' | 'role'>) {
  return pagedQuery(['artists', 'list', filters], (cursor, signal) =>
    take(api.GET('/api/v1/artists', { params: { query: { ...filters, limit: PAGE, cursor } }, signal })),
  )
}
