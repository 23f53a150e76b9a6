import { queryOptions } from '@tanstack/react-query'
import { api, confirm, take } from '@/lib/api/client'
import { pagedQuery } from '@/lib/paged'

export const librariesQuery = queryOptions({
  queryKey: ['libraries'],
  queryFn: () => take(api.GET('/api/v1/libraries')),
})

export function badFilesQuery(libraryId: string) {
  return pagedQuery(['libraries', libraryId, 'bad-files'], (cursor, signal) =>
    take(
      api.GET('/api/v1/libraries/{library_id}/bad-files', {
        params: { path: { library_id: libraryId }, query: { limit: 100, cursor } },
        signal,
      }),
    ),
  )
}

export function cancelScan(libraryId: string): Promise<void> {
  return confirm(
    api.DELETE('/api/v1/libraries/{library_id}/scan', { params: { path: { library_id: libraryId } } }),
  )
}

export function removeLibrary(libraryId: string): Promise<void> {
  return confirm(
    api.DELETE('/api/v1/libraries/{library_id}', { params: { path: { library_id: libraryId } } }),
  )
}
