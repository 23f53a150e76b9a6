import { useVirtualizer } from '@tanstack/react-virtual'
import { ListMusic } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { Button } from '@/components/button'
import { EmptyState } from '@/components/states'
import { formatCount, formatLength } from '@/lib/format'
import { player, usePlayer } from '@/player/instance'
import { QueueRow } from './queue-row'

const ROW_PX = 60

/** What plays and what comes; items can be dragged, or moved with Alt and the arrow keys. */
export function QueuePanel() {
  const { items, index } = usePlayer((state) => state.queue)
  const scroller = useRef<HTMLDivElement>(null)
  // eslint-disable-next-line react-hooks/incompatible-library -- no compiler memoises this component
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 6,
    getItemKey: (at) => items[at]?.id ?? at,
  })
  useEffect(() => {
    // Shows what plays when the queue is opened, and does not pull the list away later.
    virtual.scrollToIndex(Math.max(0, index), { align: 'start' })
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [])
  if (items.length === 0) {
    return (
      <EmptyState icon={ListMusic} title="Nothing is queued">
        Play an album, or add tracks to the queue from their menus.
      </EmptyState>
    )
  }
  const upcoming = items.slice(index + 1)
  const leftMs = upcoming.reduce((sum, item) => sum + item.track.durationMs, 0)
  return (
    <div className="flex min-h-0 grow flex-col">
      <div className="flex items-center justify-between px-4 pb-2 text-sm text-muted">
        <p>
          {formatCount(upcoming.length, 'track')} to come{upcoming.length > 0 && `, ${formatLength(leftMs)}`}
        </p>
        <Button
          variant="ghost"
          size="sm"
          disabled={upcoming.length === 0}
          onClick={() => player.clearUpcoming()}
        >
          Clear
        </Button>
      </div>
      <div ref={scroller} className="min-h-0 grow overflow-y-auto px-2 pb-4">
        <ol aria-label="Queue" className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((row) => {
            const item = items[row.index]
            return item === undefined ? null : (
              <li
                key={row.key}
                aria-setsize={items.length}
                aria-posinset={row.index + 1}
                aria-current={row.index === index}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${row.start}px)` }}
              >
                <QueueRow
                  item={item}
                  at={row.index}
                  played={row.index < index}
                  current={row.index === index}
                />
              </li>
            )
          })}
        </ol>
      </div>
    </div>
  )
}
