import { GripVertical, X } from 'lucide-react'
import { useState, type KeyboardEvent } from 'react'
import { Cover } from '@/components/cover'
import { IconButton } from '@/components/icon-button'
import { cn } from '@/lib/cn'
import { Equaliser } from '@/player/equaliser'
import { player, useSounding } from '@/player/instance'
import type { QueueItem } from '@/player/queue/queue'

const DRAGGED = 'application/x-tutti-queue-item'

interface QueueRowProps {
  item: QueueItem
  at: number
  played: boolean
  current: boolean
}

export function QueueRow({ item, at, played, current }: QueueRowProps) {
  const { track } = item
  const [over, setOver] = useState(false)
  const sounding = useSounding()
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key]
    if (!event.altKey || step === undefined) return
    event.preventDefault()
    player.move(item.id, at + step)
  }
  return (
    <div
      role="presentation"
      draggable
      onDragStart={(event) => event.dataTransfer.setData(DRAGGED, item.id)}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(DRAGGED)) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        setOver(false)
        player.move(event.dataTransfer.getData(DRAGGED), at)
      }}
      className={cn(
        'group flex h-15 items-center gap-3 rounded-xl pr-1 pl-2 transition-colors focus-within:bg-hover/60 hover:bg-hover/60',
        current && 'bg-text/8',
        played && 'opacity-55',
        over && 'shadow-[inset_0_2px_0_var(--color-accent)]',
      )}
    >
      <button
        type="button"
        aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
        onClick={() => (current ? player.toggle() : player.jumpTo(item.id))}
        onKeyDown={onKeyDown}
        className="flex min-w-0 grow items-center gap-3 rounded-lg text-left"
      >
        <span className="relative">
          <Cover
            cover={track.cover}
            name={track.albumTitle ?? track.title}
            px={44}
            className="size-11 rounded-md"
          />
          {current && (
            <span className="absolute inset-0 grid place-items-center rounded-md bg-black/50">
              <Equaliser moving={sounding} />
            </span>
          )}
        </span>
        <span className="min-w-0">
          <span className="sr-only">{current ? 'Now playing: ' : 'Play '}</span>
          <span className={cn('block truncate text-sm font-medium', current && 'text-accent-text')}>
            {track.title}
          </span>
          <span className="block truncate text-[0.8rem] text-muted">{track.artistName}</span>
        </span>
      </button>
      <GripVertical
        aria-hidden
        className="hidden size-4 shrink-0 cursor-grab text-faint opacity-0 group-hover:opacity-100 md:block"
      />
      {!current && (
        <IconButton
          icon={X}
          label={`Remove ${track.title} from the queue`}
          size="sm"
          iconClassName="size-4"
          onClick={() => player.remove(item.id)}
          className="md:opacity-0 md:group-focus-within:opacity-100 md:group-hover:opacity-100"
        />
      )}
    </div>
  )
}
