import { Pause, Play } from 'lucide-react'
import { describeError } from '@/lib/api/error'
import type { Track } from '@/lib/api/types'
import { cn } from '@/lib/cn'
import { toast } from '@/lib/toast'
import { fetchAlbumTracks } from './api'
import { player, useNowPlaying, useSounding } from './instance'

const SIZES = { md: 'size-12', lg: 'size-14' } as const

interface RoundPlayButtonProps {
  /** What it plays, for its name: "Play Abbey Road". */
  name: string
  sounding: boolean
  onPress: () => void
  size?: keyof typeof SIZES
  className?: string
}

export function RoundPlayButton({ name, sounding, onPress, size = 'md', className }: RoundPlayButtonProps) {
  const Icon = sounding ? Pause : Play
  return (
    <button
      type="button"
      aria-label={sounding ? 'Pause' : `Play ${name}`}
      onClick={onPress}
      className={cn(
        'grid shrink-0 place-items-center rounded-full bg-accent text-on-accent shadow-lg transition-[transform,background-color] duration-150 hover:scale-105 hover:bg-accent-strong active:scale-95',
        SIZES[size],
        className,
      )}
    >
      <Icon aria-hidden className={cn('size-[45%] fill-current', !sounding && 'translate-x-[6%]')} />
    </button>
  )
}

interface PlayAlbumProps {
  albumId: string
  title: string
  size?: keyof typeof SIZES
}

/** Plays an album from its first track; pauses and resumes it while it is on. */
export function PlayAlbum({ albumId, title, size = 'md' }: PlayAlbumProps) {
  const current = useNowPlaying()?.albumId === albumId
  const sounding = useSounding() && current
  const press = () => (current ? player.toggle() : void playAlbum(albumId))
  return <RoundPlayButton name={title} sounding={sounding} onPress={press} size={size} />
}

export async function playAlbum(albumId: string, options: { shuffle?: boolean } = {}): Promise<void> {
  try {
    player.playTracks(
      await fetchAlbumTracks(albumId),
      options.shuffle === true ? { shuffle: true } : { start: 0 },
    )
  } catch (error) {
    toast(describeError(error), 'problem')
  }
}

/** Adds to the queue and says so. */
export function enqueue(tracks: readonly Track[], where: 'next' | 'last'): void {
  if (where === 'next') player.playNext(tracks)
  else player.addToQueue(tracks)
  const what = tracks.length === 1 ? `“${tracks[0]?.title ?? ''}”` : `${tracks.length} tracks`
  toast(where === 'next' ? `${what} plays next` : `${what} added to the queue`)
}
