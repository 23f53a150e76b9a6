import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { Button } from '@/components/button'
import { FormError } from '@/components/field'
import { ProgressBar } from '@/components/progress'
import type { Library, ScanCounts } from '@/lib/api/types'
import { formatNumber } from '@/lib/format'
import { describeScan, scanQuery, scanShare, useScanUpdates } from '@/lib/scans'

/** A listener need not wait for the end: from this many tracks on there is something to hear. */
const ENOUGH = 10

export function ScanStep({ library }: { library: Library }) {
  const queries = useQueryClient()
  const { data: scan } = useQuery(scanQuery(library.id))
  useScanUpdates()
  const running = scan === undefined || scan.state === 'running'
  const ready = scan !== undefined && (scan.state !== 'running' || scan.counts.added >= ENOUGH)
  useEffect(() => {
    if (!running) void queries.invalidateQueries({ queryKey: ['albums'] })
  }, [running, queries])
  return (
    <div>
      <h1 className="font-display text-3xl font-bold tracking-tight">
        {running ? 'Reading your music' : 'All set'}
      </h1>
      <p className="mt-2 text-muted">
        {running
          ? `${library.name} is being read. You need not wait for the end.`
          : `${library.name} is ready.`}
      </p>
      <div className="mt-7 mb-6">
        <ProgressBar label="Scan" share={scan === undefined ? null : scanShare(scan)} />
        <p role="status" className="mt-3 text-sm text-muted tabular">
          {scan === undefined ? 'Starting …' : describeScan(scan)}
        </p>
      </div>
      {scan !== undefined && <Counts counts={scan.counts} />}
      {scan?.reason != null && <FormError>{scan.reason}</FormError>}
      <Button variant="primary" size="lg" className="mt-6 w-full" disabled={!ready} asChild={ready}>
        {ready ? <Link to="/">Start listening</Link> : 'Start listening'}
      </Button>
    </div>
  )
}

function Counts({ counts }: { counts: ScanCounts }) {
  const figures = [
    ['Tracks', counts.added],
    ['Other files', counts.skipped],
    ['Unreadable', counts.bad],
  ] as const
  return (
    <dl className="grid grid-cols-3 gap-3 text-center">
      {figures.map(([name, count]) => (
        <div key={name} className="flex flex-col-reverse rounded-2xl bg-raised px-2 py-4">
          <dt className="text-xs text-muted">{name}</dt>
          <dd className="font-display text-2xl font-bold tabular">{formatNumber(count)}</dd>
        </div>
      ))}
    </dl>
  )
}
