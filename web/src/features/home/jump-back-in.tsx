import { Pause, Play } from 'lucide-react'
import { Cover } from '@/components/cover'
import type { Track } from '@/lib/api/types'
import { tintOf } from '@/lib/palette'
import { playFrom, useTrackState } from '@/player/tracks/use-track-state'
import type { TrackState } from '@/player/tracks/track-row'

/** What was heard last, one press away; nothing for someone who has heard nothing yet. */
export function JumpBackIn({ tracks }: { tracks: readonly Track[] }) {
  const stateOf = useTrackState()
  if (tracks.length === 0) return null
  return (
    <section aria-labelledby="jump-back-in" className="mb-10">
      <h2 id="jump-back-in" className="sr-only">
        Jump back in
      </h2>
      <ul className="grid grid-cols-2 gap-2 md:gap-3.5 lg:grid-cols-3 max-lg:[&>li:nth-child(n+9)]:hidden">
        {tracks.map((track, at) => {
          const state = stateOf(track)
          return (
            <li key={track.id}>
              <Tile track={track} state={state} onPlay={() => playFrom(tracks, at, state)} />
            </li>
          )
        })}
      </ul>
    </section>
  )
}

interface TileProps {
  track: Track
  state: TrackState
  onPlay: () => void
}

function Tile({ track, state, onPlay }: TileProps) {
  const Icon = state === 'sounding' ? Pause : Play
  const tint = tintOf(track.cover, track.albumTitle ?? track.title)
  return (
    <button
      type="button"
      disabled={!track.present}
      onClick={onPlay}
      className="group flex w-full items-center gap-2.5 overflow-hidden rounded-xl bg-raised pr-2.5 text-left ring-1 ring-line transition-transform duration-150 ring-inset active:scale-[0.99] md:gap-3.5 md:pr-4"
      style={{
        backgroundImage: `linear-gradient(90deg, color-mix(in oklab, ${tint} 34%, transparent), transparent)`,
      }}
    >
      <Cover
        cover={track.cover}
        name={track.albumTitle ?? track.title}
        px={72}
        className="size-14 md:size-[4.5rem]"
      />
      <span className="min-w-0 grow">
        <span className="sr-only">{state === 'sounding' ? 'Pause' : 'Play'} </span>
        <span className="block truncate text-sm font-semibold md:text-base">{track.title}</span>
        <span className="block truncate text-xs text-muted md:text-sm">{track.artistName}</span>
      </span>
      <span className="hidden size-10 shrink-0 place-items-center rounded-full bg-accent text-on-accent opacity-0 shadow-lg transition-opacity group-hover:opacity-100 group-focus-visible:opacity-100 md:grid">
        <Icon aria-hidden className="size-4.5 fill-current" />
      </span>
    </button>
  )
}
