import { queryOptions } from '@tanstack/react-query'
import { api, take } from '@/lib/api/client'

/** The folders inside one on the machine that runs Tutti; where to start when no path is given. */
export function foldersQuery(path: string | null) {
  return queryOptions({
    queryKey: ['server-folders', path],
    queryFn: () =>
      take(api.GET('/api/v1/libraries/folders', { params: { query: path === null ? {} : { path } } })),
    staleTime: 10_000,
  })
}
