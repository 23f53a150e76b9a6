import { Unplug } from 'lucide-react'
import { useLivePaused } from '@/lib/live/live'

/** A quiet word that pages do not change by themselves for now. Nothing is lost: they are asked for again afterwards. */
export function LiveNotice() {
  const paused = useLivePaused()
  return (
    <div
      role="status"
      aria-label="Live updates"
      className="pointer-events-none fixed bottom-[calc(var(--foot)+0.25rem)] left-[calc(var(--sidebar)+1rem)] z-30"
    >
      {paused && (
        <p className="flex animate-rise items-center gap-2 rounded-full border border-line bg-panel px-3 py-1.5 text-xs font-medium text-muted shadow-float">
          <Unplug aria-hidden className="size-3.5" />
          Live updates are paused
        </p>
      )}
    </div>
  )
}
