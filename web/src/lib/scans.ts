import { queryOptions, useQueryClient } from '@tanstack/react-query'
import { api, take } from '@/lib/api/client'
import type { Scan, ScanCounts } from '@/lib/api/types'
import { formatCount, formatNumber } from '@/lib/format'
import { useLive } from '@/lib/live/live'

const POLL_MS = 2_000

/** A library's latest scan. The live socket pushes it; asking now and then makes up for a socket that is away. */
export function scanQuery(libraryId: string) {
  return queryOptions({
    queryKey: ['scans', libraryId],
    queryFn: () =>
      take(api.GET('/api/v1/libraries/{library_id}/scan', { params: { path: { library_id: libraryId } } })),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? POLL_MS : false),
    staleTime: 0,
  })
}

/** Follows all scans live. Only an admin may listen; for others nothing comes. */
export function useScanUpdates(): void {
  const queries = useQueryClient()
  useLive('scans', ({ kind, payload }) => {
    if (kind !== 'scan') return
    const scan = payload as Scan
    queries.setQueryData(scanQuery(scan.libraryId).queryKey, scan)
    if (scan.state !== 'running') void queries.invalidateQueries({ queryKey: ['libraries'] })
  })
}

/** How much of a scan is done, 0 to 1; null while the walk still finds files. */
export function scanShare({ state, counts }: Pick<Scan, 'state' | 'counts'>): number | null {
  if (state === 'done') return 1
  if (counts.toCompose > 0) return counts.composed / counts.toCompose
  if (!counts.walked) return null
  return counts.total === 0 ? 1 : Math.min(1, counts.seen / counts.total)
}

/** "5 of 17 tracks composed", "812 files found so far", "812 of 1,024 files", "5 new, 2 moved, 1 unreadable". */
export function describeScan({ state, counts }: Pick<Scan, 'state' | 'counts'>): string {
  if (state === 'running' && counts.toCompose > 0) return describeComposing(counts)
  if (state === 'running' && !counts.walked) return `${formatCount(counts.total, 'file')} found so far`
  if (state === 'running') return `${formatNumber(counts.seen)} of ${formatCount(counts.total, 'file')}`
  const parts = [
    [counts.added, 'new'],
    [counts.changed, 'changed'],
    [counts.moved, 'moved'],
    [counts.returned, 'back'],
    [counts.missing, 'missing'],
    [counts.bad, 'unreadable'],
  ] as const
  const said = parts.filter(([count]) => count > 0).map(([count, word]) => `${formatNumber(count)} ${word}`)
  return said.length === 0 ? 'Nothing had changed' : said.join(', ')
}

/** "5 of 17 tracks composed". */
export function describeComposing({ composed, toCompose }: ScanCounts): string {
  return `${formatNumber(composed)} of ${formatCount(toCompose, 'track')} composed`
}
