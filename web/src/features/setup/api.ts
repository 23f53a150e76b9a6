import { queryOptions } from '@tanstack/react-query'
import { api, take } from '@/lib/api/client'
import type { AlbumSummary } from '@/lib/api/types'

const SHOWN = 12
const POLL_MS = 2_000

export interface NewAdmin {
  token: string
  name: string
  password: string
}

/** Makes the first account, and signs it in. */
export function createAdmin(admin: NewAdmin) {
  return take(api.POST('/api/v1/setup', { body: admin }))
}

/** A library by its id. */
export function libraryQuery(id: string) {
  return queryOptions({
    queryKey: ['libraries', id],
    queryFn: ({ signal }) =>
      take(api.GET('/api/v1/libraries/{library_id}', { params: { path: { library_id: id } }, signal })),
  })
}

/** The albums that came last, in the order in which they came; asked for again while more are on their way. */
export function albumsSoFarQuery(more: boolean) {
  return queryOptions({
    queryKey: ['albums', 'so-far'],
    queryFn: async ({ signal }): Promise<AlbumSummary[]> => {
      const query = { sort: 'added', limit: SHOWN } as const
      const { items } = await take(api.GET('/api/v1/albums', { params: { query }, signal }))
      return [...items].reverse()
    },
    // The live socket says so earlier; this makes up for one that is away.
    refetchInterval: more ? POLL_MS : false,
  })
}
