import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useElementWidth } from '@/lib/use-element-width'

interface VirtualGridProps<Item> {
  items: readonly Item[]
  keyOf: (item: Item) => string
  label: string
  /** The narrowest a card may be, in CSS pixels. */
  minPx: number
  /** What a card needs below its square, in CSS pixels. */
  belowPx: number
  render: (item: Item, px: number) => ReactNode
  /** Called when the end comes near. */
  onEndNear: () => void
}

const GAP = { narrow: 16, wide: 24 } as const
const ROWS_AHEAD = 3

/** A grid of any length: only the rows near the window are in the page. Scrolls with the window. */
export function VirtualGrid<Item>(props: VirtualGridProps<Item>) {
  const { items, keyOf, label, minPx, belowPx, render, onEndNear } = props
  const [measure, width] = useElementWidth()
  const list = useRef<HTMLUListElement>(null)
  const [top, setTop] = useState(0)
  const gap = width < 640 ? GAP.narrow : GAP.wide
  const columns = Math.max(2, Math.floor((width + gap) / (minPx + gap)))
  const px = Math.max(0, (width - gap * (columns - 1)) / columns)
  const rowPx = px + belowPx + gap
  const virtual = useWindowVirtualizer({
    count: Math.ceil(items.length / columns),
    estimateSize: () => rowPx,
    overscan: 3,
    scrollMargin: top,
  })
  useEffect(() => {
    setTop((list.current?.getBoundingClientRect().top ?? 0) + window.scrollY)
    virtual.measure()
  }, [virtual, rowPx])
  const rows = virtual.getVirtualItems()
  const lastRow = rows.at(-1)?.index ?? -1
  useEffect(() => {
    if (lastRow >= 0 && lastRow + ROWS_AHEAD >= items.length / columns) onEndNear()
  }, [lastRow, items.length, columns, onEndNear])
  return (
    <div ref={measure}>
      <ul ref={list} aria-label={label} className="relative" style={{ height: virtual.getTotalSize() }}>
        {width > 0 &&
          rows.flatMap((row) =>
            items.slice(row.index * columns, (row.index + 1) * columns).map((item, column) => (
              <li
                key={keyOf(item)}
                aria-setsize={-1}
                aria-posinset={row.index * columns + column + 1}
                className="absolute top-0 left-0"
                style={{
                  width: px,
                  transform: `translate(${column * (px + gap)}px, ${row.start - virtual.options.scrollMargin}px)`,
                }}
              >
                {render(item, px)}
              </li>
            )),
          )}
      </ul>
    </div>
  )
}
