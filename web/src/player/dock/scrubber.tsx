import { useState, type ReactNode } from 'react'
import { Slider } from '@/components/slider'
import { cn } from '@/lib/cn'
import { formatTime, speakTime } from '@/lib/format'
import { player, useNowPlaying, usePlayer } from '@/player/instance'

/**
 * The place in the track. While it is dragged, the time follows the finger and the sound stays where it is.
 * `stacked` has the times below the bar, and what is given `between` them.
 */
export function Scrubber({ stacked = false, between }: { stacked?: boolean; between?: ReactNode }) {
  const positionMs = usePlayer((state) => state.positionMs)
  const bufferedMs = usePlayer((state) => state.bufferedMs)
  const durationMs = useNowPlaying()?.durationMs ?? 0
  const [draggedMs, setDraggedMs] = useState<number | null>(null)
  const shownMs = draggedMs ?? positionMs
  const time = 'tabular shrink-0 text-xs text-muted'
  return (
    <div
      className={cn(
        'grid w-full grid-cols-[3rem_minmax(0,1fr)_3rem] items-center',
        stacked ? 'gap-y-1' : 'gap-3',
      )}
    >
      <span className={cn(time, stacked ? 'row-start-2' : 'text-right')}>{formatTime(shownMs)}</span>
      <Slider
        label="Seek"
        value={shownMs}
        max={Math.max(1, durationMs)}
        step={1000}
        buffered={bufferedMs}
        disabled={durationMs === 0}
        valueText={`${speakTime(shownMs)} of ${speakTime(durationMs)}`}
        onChange={setDraggedMs}
        onCommit={(ms) => {
          player.seek(ms)
          setDraggedMs(null)
        }}
        className={stacked ? 'col-span-3' : ''}
      />
      {stacked && <span className="row-start-2 flex min-w-0 justify-center">{between}</span>}
      <span className={cn(time, stacked ? 'row-start-2 text-right' : '')}>{formatTime(durationMs)}</span>
    </div>
  )
}

/** A hairline for the small player on phones. */
export function ProgressLine() {
  const positionMs = usePlayer((state) => state.positionMs)
  const durationMs = useNowPlaying()?.durationMs ?? 0
  const share = durationMs === 0 ? 0 : Math.min(1, positionMs / durationMs)
  return (
    <div
      aria-hidden
      className="absolute inset-x-3 bottom-0 h-[2.5px] overflow-hidden rounded-full bg-text/15"
    >
      <div
        className="h-full origin-left rounded-full bg-accent transition-transform duration-300 ease-linear"
        style={{ transform: `scaleX(${share})` }}
      />
    </div>
  )
}
