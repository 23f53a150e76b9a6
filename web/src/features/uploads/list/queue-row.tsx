import {
  ArrowUp,
  AudioLines,
  Check,
  Clock,
  CloudOff,
  Copy,
  FileQuestion,
  PackageCheck,
  Pause,
  TriangleAlert,
  type LucideIcon,
} from 'lucide-react'
import { memo } from 'react'
import type { Item, Phase } from '@/features/uploads/engine/item'
import { useUploads } from '@/features/uploads/instance'
import { cn } from '@/lib/cn'
import { ProgressRing } from './progress-ring'
import { ReadyCover, ReadyWords } from './ready-track'
import { RowActions } from './row-actions'
import { stageOf, type Stage } from './stage'

interface QueueRowProps {
  id: string
  selected: boolean
  onSelect: (id: string, range: boolean) => void
  onEdit: (id: string) => void
  onReview: () => void
}

const ICONS: Readonly<Record<Phase, LucideIcon>> = {
  queued: Clock,
  sending: ArrowUp,
  paused: Pause,
  waiting: CloudOff,
  missing: FileQuestion,
  held: PackageCheck,
  processing: AudioLines,
  ready: Check,
  duplicate: Copy,
  failed: TriangleAlert,
}
const INKS = { plain: 'text-muted', good: 'text-ok', warn: 'text-warn', bad: 'text-danger' } as const

/** One file of the queue. Its height never changes, whatever becomes of it. */
export const QueueRow = memo(function QueueRow({ id, selected, onSelect, onEdit, onReview }: QueueRowProps) {
  const item = useUploads(({ queue }) => queue.items.get(id))
  const speed = useUploads(({ bytesPerS }) => bytesPerS.get(id) ?? null)
  const closed = useUploads(({ queue }) => queue.closedUntilMs !== null)
  if (item === undefined) return null
  const stage = stageOf(item, speed, closed)
  const name = item.tags.title ?? item.name
  return (
    <div
      className={cn(
        'grid h-18 grid-cols-[auto_2.75rem_minmax(0,1fr)_auto] items-center gap-3 rounded-xl px-2 transition-colors hover:bg-raised/60',
        selected && 'bg-raised/80',
      )}
    >
      <input
        type="checkbox"
        aria-label={`Select ${name}`}
        checked={selected}
        onChange={({ nativeEvent }) => onSelect(id, (nativeEvent as PointerEvent).shiftKey)}
        className="size-4.5 accent-accent"
      />
      <RowFace item={item} stage={stage} name={name} />
      <RowActions item={item} name={name} onEdit={() => onEdit(id)} onReview={onReview} />
    </div>
  )
})

function RowFace({ item, stage, name }: { item: Item; stage: Stage; name: string }) {
  if (item.phase === 'ready' && item.begun !== null) {
    return (
      <>
        <ReadyCover trackId={item.begun.trackId} />
        <div className="min-w-0">
          <ReadyWords trackId={item.begun.trackId} fallback={name} />
        </div>
      </>
    )
  }
  const Icon = ICONS[item.phase]
  return (
    <>
      <ProgressRing share={stage.share} label={`Progress of ${name}`} tone={stage.tone}>
        <Icon
          aria-hidden
          className={cn('size-4.5', INKS[stage.tone], item.phase === 'processing' && 'animate-pulse')}
        />
      </ProgressRing>
      <div className="min-w-0">
        <p
          className="truncate font-medium"
          title={item.folder === '' ? item.name : `${item.folder}/${item.name}`}
        >
          {name}
          {item.folder !== '' && <span className="text-sm font-normal text-faint"> · {item.folder}</span>}
        </p>
        <p className={cn('line-clamp-2 text-sm tabular', INKS[stage.tone])} title={stage.words}>
          {stage.words}
        </p>
      </div>
    </>
  )
}
