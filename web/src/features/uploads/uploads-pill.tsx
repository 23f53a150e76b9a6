import { Link, useRouterState } from '@tanstack/react-router'
import { ArrowUp } from 'lucide-react'
import { isUnsent } from './engine/item'
import { useUploads } from './instance'
import { headline, useTotals } from './list/queue-head'
import { ProgressRing } from './list/progress-ring'

/** On other pages: how the uploads are, and the way to them. */
export function UploadsPill() {
  const elsewhere = useRouterState({ select: ({ location }) => location.pathname !== '/uploads' })
  const busy = useUploads(({ queue }) =>
    [...queue.items.values()].some((item) => isUnsent(item) || item.phase === 'processing'),
  )
  return elsewhere && busy ? <Pill /> : null
}

function Pill() {
  const totals = useTotals()
  const share = totals.allBytes === 0 ? 0 : totals.sentBytes / totals.allBytes
  return (
    <Link
      to="/uploads"
      className="fixed right-4 bottom-[calc(var(--foot)-0.5rem)] z-30 flex animate-rise items-center gap-2.5 rounded-full border border-line bg-glass py-1.5 pr-5 pl-1.5 text-sm font-semibold shadow-float backdrop-blur-xl hover:bg-panel"
    >
      <ProgressRing share={share} label="All uploads" tone="plain">
        <ArrowUp aria-hidden className="size-4.5" />
      </ProgressRing>
      {headline(totals)}
    </Link>
  )
}
