import { useQueryClient, type InfiniteData, type Query, type QueryClient } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { live, useLive } from '@/lib/live/live'
import { useScanUpdates } from '@/lib/scans'
import { spaced } from '@/lib/spaced'

/** What a scan or an edit may change. */
const CATALOGUE = new Set(['albums', 'artists', 'tracks', 'genres', 'search', 'libraries', 'lyrics'])
/** A scan changes lists all the time; they are asked for again this often at the most. */
const EVERY_MS = 4_000
/** A list that someone has scrolled this far is left as it is under their eyes. */
const MAX_PAGES = 4

/** Keeps what is shown in step with the server. */
export function useLiveUpdates(): void {
  const queries = useQueryClient()
  const refresh = useMemo(() => spaced(EVERY_MS, () => refreshCatalogue(queries)), [queries])
  useScanUpdates()
  useLive('library', ({ kind }) => {
    if (kind === 'changed') refresh()
  })
  useEffect(() => live.onReset(() => void queries.invalidateQueries()), [queries])
}

function refreshCatalogue(queries: QueryClient): void {
  const concerned = (query: Query) => CATALOGUE.has(String(query.queryKey[0]))
  void queries.invalidateQueries({ predicate: concerned, refetchType: 'none' })
  void queries.refetchQueries({ type: 'active', predicate: (query) => concerned(query) && !isLong(query) })
}

function isLong(query: Query): boolean {
  const pages = (query.state.data as Partial<InfiniteData<unknown>> | undefined)?.pages
  return pages !== undefined && pages.length > MAX_PAGES
}
