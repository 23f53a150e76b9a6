import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useId, type ReactNode } from 'react'
import { IconButton } from '@/components/icon-button'
import { cn } from '@/lib/cn'
import { useScrollEdges } from '@/lib/use-scroll-edges'

interface ShelfProps {
  title: string
  note?: string
  /** At the right of the heading: a link to all of it. */
  more?: ReactNode
  /** List items. */
  children: ReactNode
}

/**
 * A row of cards that scrolls sideways.
 *
 * It snaps only once somebody scrolled it: a row that snaps holds on to the card at its edge, so that new ones at the
 * beginning would come in out of sight.
 */
export function Shelf({ title, note, more, children }: ShelfProps) {
  const id = useId()
  const [list, { atStart, atEnd }] = useScrollEdges<HTMLUListElement>()
  const scroll = (direction: 1 | -1) => {
    const width = list.current?.clientWidth ?? 0
    list.current?.scrollBy({ left: direction * width * 0.85, behavior: 'smooth' })
  }
  return (
    <section aria-labelledby={id} className="mb-10">
      <div className="mb-3 flex items-end justify-between gap-4">
        <div>
          <h2 id={id} className="font-display text-xl font-semibold tracking-tight md:text-2xl">
            {title}
          </h2>
          {note !== undefined && <p className="mt-0.5 text-sm text-faint">{note}</p>}
        </div>
        <div className="flex items-center gap-1">
          {more}
          <div className="hidden md:flex">
            <IconButton
              icon={ChevronLeft}
              label={`${title}: back`}
              size="sm"
              aria-disabled={atStart}
              onClick={() => scroll(-1)}
            />
            <IconButton
              icon={ChevronRight}
              label={`${title}: on`}
              size="sm"
              aria-disabled={atEnd}
              onClick={() => scroll(1)}
            />
          </div>
        </div>
      </div>
      <ul
        ref={list}
        className={cn(
          '-mx-(--gutter) scrollbar-none grid scroll-px-(--gutter) auto-cols-[clamp(9rem,13vw,11.5rem)] grid-flow-col gap-4 overflow-x-auto px-(--gutter) pt-1 pb-2 [overflow-anchor:none] md:gap-5',
          !atStart && 'snap-x',
        )}
      >
        {children}
      </ul>
    </section>
  )
}
