import { Cover } from '@/components/cover'
import type { Track } from '@/lib/api/types'
import { cn } from '@/lib/cn'
import { useSounding } from '@/player/instance'

/** In CSS pixels: the sharpest that the server keeps is asked for on every screen. */
const LARGEST_PX = 736

interface BigCoverProps {
  track: Track
  /** Where it stands in the room that it is given. */
  className: string
  /** The corner that stays where it is while it draws back. */
  turn?: string
}

/** As large a square as the room that is left over allows; it draws back a little while nothing is heard. */
export function BigCover({ track, className, turn = '' }: BigCoverProps) {
  const sounding = useSounding()
  return (
    <div className={cn('[container-type:size] grid min-h-0 grow', className)}>
      <div
        data-part="cover"
        className={cn(
          'size-[min(100cqw,100cqh)] transition-transform duration-500 ease-spring',
          turn,
          !sounding && 'scale-[0.94]',
        )}
      >
        <Cover
          key={track.cover?.id ?? track.id}
          cover={track.cover}
          name={track.albumTitle ?? track.title}
          px={LARGEST_PX}
          eager
          className="size-full rounded-2xl shadow-cover"
        />
      </div>
    </div>
  )
}
