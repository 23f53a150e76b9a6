import { LoaderCircle, Pause, Play, Repeat, Repeat1, Shuffle, SkipBack, SkipForward } from 'lucide-react'
import { IconButton } from '@/components/icon-button'
import { cn } from '@/lib/cn'
import { player, usePlayer, useSounding } from '@/player/instance'

const REPEAT_LABELS = { off: 'Repeat: off', all: 'Repeat: queue', one: 'Repeat: track' } as const

/** Shuffle, previous, play, next, repeat. */
export function Transport({ large = false }: { large?: boolean }) {
  const shuffle = usePlayer((state) => state.shuffle)
  const repeat = usePlayer((state) => state.repeat)
  const size = large ? 'lg' : 'md'
  return (
    <div className={cn('flex items-center justify-center', large ? 'gap-3' : 'gap-1.5')}>
      <IconButton
        icon={Shuffle}
        label="Shuffle"
        shortcut="S"
        pressed={shuffle}
        onClick={() => player.toggleShuffle()}
        iconClassName={large ? 'size-5' : 'size-4.5'}
      />
      <IconButton
        icon={SkipBack}
        label="Previous"
        shortcut="J"
        size={size}
        filled
        className="text-text"
        onClick={() => player.previous()}
      />
      <PlayPause large={large} />
      <IconButton
        icon={SkipForward}
        label="Next"
        shortcut="K"
        size={size}
        filled
        className="text-text"
        onClick={() => player.next()}
      />
      <IconButton
        icon={repeat === 'one' ? Repeat1 : Repeat}
        label={REPEAT_LABELS[repeat]}
        shortcut="R"
        pressed={repeat !== 'off'}
        onClick={() => player.cycleRepeat()}
        iconClassName={large ? 'size-5' : 'size-4.5'}
      />
    </div>
  )
}

export function PlayPause({ large = false, bare = false }: { large?: boolean; bare?: boolean }) {
  const sounding = useSounding()
  const waiting = usePlayer(({ status }) => status === 'loading' || status === 'stalled')
  const Icon = sounding ? Pause : Play
  return (
    <button
      type="button"
      aria-label={sounding ? 'Pause' : 'Play'}
      onClick={() => player.toggle()}
      className={cn(
        'relative grid shrink-0 place-items-center rounded-full transition-transform duration-150 hover:scale-105 active:scale-95',
        bare ? 'size-11 text-text' : 'bg-text text-ground shadow-md',
        !bare && (large ? 'size-16' : 'size-10'),
      )}
    >
      <Icon
        aria-hidden
        className={cn('fill-current', large || bare ? 'size-6.5' : 'size-5', !sounding && 'translate-x-[6%]')}
      />
      {waiting && (
        <LoaderCircle
          aria-hidden
          className="absolute -inset-1 size-auto animate-spin text-accent"
          strokeWidth={1}
        />
      )}
    </button>
  )
}
