import { Pause, Play } from 'lucide-react'
import { useMemo, useState } from 'react'
import { Button } from '@/components/button'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { ProgressBar } from '@/components/progress'
import { isOver, isUnsent } from '@/features/uploads/engine/item'
import { ids } from '@/features/uploads/engine/queue'
import { uploads, useUploads } from '@/features/uploads/instance'
import { formatBytes, formatCount } from '@/lib/format'
import { sayLeft, totalsOf, type Totals } from './totals'

export function useTotals(): Totals {
  const items = useUploads(({ queue }) => queue.items)
  const bytesPerS = useUploads((state) => state.bytesPerS)
  return useMemo(() => totalsOf(items.values(), bytesPerS), [items, bytesPerS])
}

/** How the whole list stands, and what can be done with all of it. */
export function QueueHead() {
  const totals = useTotals()
  const share = totals.allBytes === 0 ? 1 : totals.sentBytes / totals.allBytes
  return (
    <div className="rounded-2xl border border-line bg-panel p-4 md:p-5">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-3">
        <div className="min-w-52 grow basis-0">
          <h2 className="font-display text-lg font-semibold">{headline(totals)}</h2>
          <p className="h-5 truncate text-sm text-muted tabular">{sayBytes(totals)}</p>
          <p className="h-5 truncate text-sm text-muted tabular">{sayEnds(totals)}</p>
        </div>
        <AllActions totals={totals} />
      </div>
      <div className="mt-3">
        <ProgressBar label="All uploads" share={share} />
      </div>
    </div>
  )
}

export function headline({ byPhase, unsent }: Totals): string {
  if (byPhase.sending > 0) return `Uploading ${formatCount(unsent, 'file')}`
  if (byPhase.queued + byPhase.waiting > 0) return `${formatCount(unsent, 'file')} waiting`
  if (unsent > 0) return byPhase.paused > 0 ? 'Paused' : 'Interrupted'
  if (byPhase.held > 0) return `${formatCount(byPhase.held, 'file')} to publish`
  if (byPhase.processing > 0) return `Preparing ${formatCount(byPhase.processing, 'track')}`
  return 'All done'
}

function sayBytes({ unsent, sentBytes, allBytes, bytesPerS, leftMs }: Totals): string {
  if (unsent === 0) return formatBytes(allBytes)
  const sent = `${formatBytes(sentBytes)} of ${formatBytes(allBytes)}`
  const speed = bytesPerS === null ? '' : ` · ${formatBytes(bytesPerS)}/s`
  return `${sent}${speed}${leftMs === null ? '' : ` · ${sayLeft(leftMs)}`}`
}

function sayEnds({ byPhase }: Totals): string {
  const ends = [
    [byPhase.processing, 'being prepared'],
    [byPhase.ready, 'ready'],
    [byPhase.duplicate, 'here already'],
    [byPhase.failed, 'failed'],
  ] as const
  const said = ends.filter(([count]) => count > 0).map(([count, words]) => `${count} ${words}`)
  return said.join(' · ')
}

function AllActions({ totals: { byPhase, unsent } }: { totals: Totals }) {
  const [cancelling, setCancelling] = useState(false)
  const all = (matches: Parameters<typeof ids>[1]) => ids(uploads.store.getState().queue, matches)
  const moving = byPhase.sending + byPhase.queued + byPhase.waiting
  const over = byPhase.ready + byPhase.failed
  return (
    <div className="flex flex-wrap gap-2">
      {byPhase.held > 0 && (
        <Button
          size="sm"
          variant="primary"
          onClick={() => uploads.publish(all(({ phase }) => phase === 'held'))}
        >
          Publish all
        </Button>
      )}
      {moving > 0 && (
        <Button size="sm" onClick={() => uploads.pause(all(() => true))}>
          <Pause aria-hidden className="size-4" />
          Pause all
        </Button>
      )}
      {moving === 0 && byPhase.paused > 0 && (
        <Button size="sm" variant="primary" onClick={() => uploads.resume(all(() => true))}>
          <Play aria-hidden className="size-4" />
          Resume all
        </Button>
      )}
      {over > 0 && (
        <Button
          size="sm"
          variant="ghost"
          onClick={() => uploads.remove(all((item) => isOver(item) && item.phase !== 'duplicate'))}
        >
          Clear finished
        </Button>
      )}
      {unsent > 1 && (
        <Button size="sm" variant="ghost" onClick={() => setCancelling(true)}>
          Cancel all
        </Button>
      )}
      <ConfirmDialog
        open={cancelling}
        onOpenChange={setCancelling}
        title={`Cancel ${formatCount(unsent, 'upload')}?`}
        confirm="Cancel them"
        onConfirm={() => uploads.remove(all(isUnsent))}
      >
        What was sent of them is thrown away. Files that have arrived stay.
      </ConfirmDialog>
    </div>
  )
}
