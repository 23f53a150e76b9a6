import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState, type ReactNode } from 'react'

interface VirtualListProps<Item> {
  items: readonly Item[]
  keyOf: (item: Item, at: number) => string
  label: string
  /** The height of every row, in CSS pixels. */
  rowPx: number
  render: (item: Item, at: number) => ReactNode
  onEndNear: () => void
}

const ROWS_AHEAD = 40

/** A list of any length: only the rows near the window are in the page. Scrolls with the window. */
export function VirtualList<Item>({ items, keyOf, label, rowPx, render, onEndNear }: VirtualListProps<Item>) {
  const list = useRef<HTMLUListElement>(null)
  const [top, setTop] = useState(0)
  const virtual = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => rowPx,
    overscan: 12,
    scrollMargin: top,
  })
  useEffect(() => virtual.measure(), [virtual, rowPx])
  useEffect(() => {
    const measure = () => setTop((list.current?.getBoundingClientRect().top ?? 0) + window.scrollY)
    measure()
    // What stands above the list may grow and shrink, which shows in the height of the page.
    const page = new ResizeObserver(measure)
    page.observe(document.body)
    return () => page.disconnect()
  }, [])
  const rows = virtual.getVirtualItems()
  const last = rows.at(-1)?.index ?? -1
  useEffect(() => {
    if (last >= 0 && last + ROWS_AHEAD >= items.length) onEndNear()
  }, [last, items.length, onEndNear])
  return (
    <ul ref={list} aria-label={label} className="relative" style={{ height: virtual.getTotalSize() }}>
      {rows.map((row) => {
        const item = items[row.index]
        if (item === undefined) return null
        return (
          <li
            key={keyOf(item, row.index)}
            aria-setsize={-1}
            aria-posinset={row.index + 1}
            className="absolute inset-x-0 top-0"
            style={{ height: rowPx, transform: `translateY(${row.start - virtual.options.scrollMargin}px)` }}
          >
            {render(item, row.index)}
          </li>
        )
      })}
    </ul>
  )
}
