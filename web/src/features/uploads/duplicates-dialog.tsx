import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Skeleton } from '@/components/skeleton'
import { describeError } from '@/lib/api/error'
import { formatBytes, formatCount, formatQuality, formatTime } from '@/lib/format'
import { toast } from '@/lib/toast'
import { trackQuery } from './api'
import { PlayCover, TrackWords } from './list/ready-track'

/** An upload whose audio is here already. */
export interface Duplicate {
  id: string
  name: string
  sizeBytes: number
  /** The track that has the same audio. */
  duplicateOf: string | null
  keep: () => Promise<unknown>
  discard: () => Promise<unknown>
}

interface DuplicatesDialogProps {
  duplicates: readonly Duplicate[]
  open: boolean
  onOpenChange: (open: boolean) => void
}

/** Shows each new file beside what is there, to hear it, and to keep both or discard the new one. */
export function DuplicatesDialog({ duplicates, open, onOpenChange }: DuplicatesDialogProps) {
  const count = duplicates.length
  useEffect(() => {
    if (open && count === 0) onOpenChange(false)
  }, [open, count, onOpenChange])
  return (
    <Dialog
      open={open && count > 0}
      onOpenChange={onOpenChange}
      title={`${formatCount(count, 'duplicate')} to look at`}
      description="These files have the same audio as tracks that are here already."
      wide
    >
      <ul>
        {duplicates.map((duplicate) => (
          <DuplicateRow key={duplicate.id} duplicate={duplicate} />
        ))}
      </ul>
      {count > 1 && (
        <div className="mt-2 flex justify-end gap-2 border-t border-line pt-4">
          <Button size="sm" variant="ghost" onClick={() => settle(duplicates.map(({ keep }) => keep))}>
            Keep all
          </Button>
          <Button size="sm" variant="danger" onClick={() => settle(duplicates.map(({ discard }) => discard))}>
            Discard all
          </Button>
        </div>
      )}
    </Dialog>
  )
}

function settle(each: readonly (() => Promise<unknown>)[]): void {
  const tell = (error: unknown) => toast(describeError(error), 'problem')
  void Promise.allSettled(each.map((one) => one().catch(tell)))
}

function DuplicateRow({ duplicate }: { duplicate: Duplicate }) {
  const { name, sizeBytes, duplicateOf } = duplicate
  const onError = (error: unknown) => toast(describeError(error), 'problem')
  const keep = useMutation({ mutationFn: duplicate.keep, onError })
  const discard = useMutation({ mutationFn: duplicate.discard, onError })
  const busy = keep.isPending || discard.isPending
  return (
    <li className="border-t border-line py-4 first:border-0 first:pt-0">
      <p className="truncate text-sm text-muted" title={name}>
        New: <span className="font-medium text-text">{name}</span> · {formatBytes(sizeBytes)}
      </p>
      <div className="mt-2.5 flex flex-wrap items-center gap-x-4 gap-y-3">
        {duplicateOf !== null && <ThereAlready trackId={duplicateOf} />}
        <div className="flex gap-2">
          <Button size="sm" disabled={busy} aria-label={`Keep both of ${name}`} onClick={() => keep.mutate()}>
            Keep both
          </Button>
          <Button
            size="sm"
            variant="danger"
            disabled={busy}
            aria-label={`Discard ${name}`}
            onClick={() => discard.mutate()}
          >
            Discard the new one
          </Button>
        </div>
      </div>
    </li>
  )
}

function ThereAlready({ trackId }: { trackId: string }) {
  const { data: track, error } = useQuery(trackQuery(trackId))
  if (error !== null) return <p className="grow text-sm text-muted">What was here is gone by now.</p>
  if (track === undefined) return <Skeleton className="h-11 min-w-56 grow" />
  return (
    <div className="flex min-w-56 grow basis-56 items-center gap-3">
      <PlayCover track={track} />
      <div className="min-w-0">
        <TrackWords track={track} />
        <p className="text-xs text-faint tabular">
          Here already · {formatQuality(track)} · {formatTime(track.durationMs)} ·{' '}
          {formatBytes(track.sizeBytes)}
        </p>
      </div>
    </div>
  )
}
