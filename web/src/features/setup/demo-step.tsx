import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { Button } from '@/components/button'
import { FormError } from '@/components/field'
import { ProgressBar } from '@/components/progress'
import { describeError } from '@/lib/api/error'
import type { AlbumSummary, Library, Scan } from '@/lib/api/types'
import { formatCount } from '@/lib/format'
import { addDemoLibrary } from '@/lib/libraries'
import { useLive } from '@/lib/live/live'
import { describeComposing, scanQuery, scanShare, useScanUpdates } from '@/lib/scans'
import { albumsSoFarQuery } from './api'
import { DemoAlbums } from './demo-albums'

const TITLES: Record<Scan['state'], string> = {
  running: 'Composing your demo',
  done: 'All set',
  failed: 'Not all of it came',
  cancelled: 'Not all of it came',
  interrupted: 'Not all of it came',
}

/** The demo library as it comes: each album can be heard as soon as it is there. */
export function DemoStep({ library }: { library: Library }) {
  const { scan, albums } = useDemo(library)
  return (
    <div>
      <h1 className="font-display text-3xl font-bold tracking-tight">{TITLES[scan?.state ?? 'running']}</h1>
      <p className="mt-2 text-muted">{describe(scan, albums)}</p>
      <div className="mt-7 mb-6">
        <ProgressBar label="Demo music" share={scan === undefined ? null : share(scan)} />
        <p role="status" className="mt-3 text-sm text-muted tabular">
          {scan === undefined || scan.counts.toCompose === 0 ? 'Starting …' : describeComposing(scan.counts)}
        </p>
      </div>
      <DemoAlbums albums={albums} expected={isRunning(scan)} />
      <div className="mt-6 space-y-3">
        {scan !== undefined && hasStopped(scan) && <TryAgain scan={scan} />}
        <Button
          variant="primary"
          size="lg"
          className="w-full"
          disabled={albums.length === 0}
          asChild={albums.length > 0}
        >
          {albums.length > 0 ? <Link to="/">Start listening</Link> : 'Start listening'}
        </Button>
      </div>
    </div>
  )
}

/** The scan that brings the demo, and the albums that are there; both are followed while it runs. */
function useDemo(library: Library): { scan: Scan | undefined; albums: AlbumSummary[] } {
  const queries = useQueryClient()
  const { data: scan } = useQuery({
    ...scanQuery(library.id),
    ...(library.lastScan === null ? {} : { initialData: library.lastScan }),
  })
  useScanUpdates()
  const running = isRunning(scan)
  const { data: albums = [] } = useQuery(albumsSoFarQuery(running))
  useLive('library', ({ kind }) => {
    if (kind === 'changed') void queries.invalidateQueries({ queryKey: ['albums'] })
  })
  useEffect(() => {
    if (!running) void queries.invalidateQueries({ queryKey: ['albums'] })
  }, [running, queries])
  return { scan, albums }
}

/** Why it ended before its time, and a button to go on. */
function TryAgain({ scan }: { scan: Scan }) {
  const queries = useQueryClient()
  const again = useMutation({
    mutationFn: addDemoLibrary,
    onSuccess: ({ lastScan }) =>
      queries.setQueryData(scanQuery(scan.libraryId).queryKey, lastScan ?? undefined),
  })
  return (
    <>
      <FormError>{again.error === null ? describeStop(scan) : describeError(again.error)}</FormError>
      <Button size="lg" className="w-full" busy={again.isPending} onClick={() => again.mutate()}>
        Try again
      </Button>
    </>
  )
}

const isRunning = (scan: Scan | undefined) => scan === undefined || scan.state === 'running'
const hasStopped = ({ state }: Scan) => state !== 'running' && state !== 'done'

function describe(scan: Scan | undefined, albums: AlbumSummary[]): string {
  if (isRunning(scan))
    return 'Each album is composed on this server, and can be heard while the next one is made.'
  if (albums.length === 0) return 'There is nothing to hear yet.'
  return `${formatCount(albums.length, 'album')} to listen to.`
}

function describeStop({ state, reason }: Scan): string {
  if (reason !== null) return reason
  const what = state === 'cancelled' ? 'It was stopped.' : 'The server stopped meanwhile.'
  return `${what} Try again: it goes on where it was.`
}

/** Nothing is known of a scan that has only begun. */
function share(scan: Scan): number | null {
  return scan.state === 'running' && scan.counts.toCompose === 0 ? null : scanShare(scan)
}
