import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Check, Pause, Play } from 'lucide-react'
import { ArtistLinks } from '@/components/artist-links'
import { Cover } from '@/components/cover'
import { trackQuery } from '@/features/uploads/api'
import type { Track } from '@/lib/api/types'
import { playFrom, useTrackState } from '@/player/tracks/use-track-state'

/** The cover of a track that has become one, which plays it; a tick until it is known. */
export function ReadyCover({ trackId }: { trackId: string }) {
  const { data: track } = useQuery(trackQuery(trackId))
  if (track?.state !== 'ready') {
    return (
      <div className="grid size-11 place-items-center rounded-full bg-raised">
        <Check aria-hidden className="size-5 text-ok" />
      </div>
    )
  }
  return <PlayCover track={track} />
}

export function PlayCover({ track }: { track: Track }) {
  const state = useTrackState()(track)
  const Icon = state === 'sounding' ? Pause : Play
  return (
    <button
      type="button"
      aria-label={`${state === 'sounding' ? 'Pause' : 'Play'} ${track.title} by ${track.artistName}`}
      onClick={() => playFrom([track], 0, state)}
      className="relative grid size-11 place-items-center overflow-hidden rounded-md *:col-start-1 *:row-start-1"
    >
      <Cover cover={track.cover} name={track.albumTitle ?? track.title} px={44} className="size-11" />
      <span className="relative grid size-11 place-items-center bg-black/45 text-white transition-colors hover:bg-black/65">
        <Icon aria-hidden className="size-4.5 fill-current" />
      </span>
    </button>
  )
}

/** Its title, which leads to its album, and who made it; what the file was called until that is known. */
export function ReadyWords({ trackId, fallback }: { trackId: string; fallback: string }) {
  const { data: track } = useQuery(trackQuery(trackId))
  if (track === undefined) return <p className="truncate font-medium">{fallback}</p>
  return <TrackWords track={track} />
}

export function TrackWords({ track }: { track: Track }) {
  return (
    <>
      <p className="truncate font-medium" title={track.title}>
        {track.albumId === null ? (
          track.title
        ) : (
          <Link
            to="/albums/$albumId"
            params={{ albumId: track.albumId }}
            className="rounded-sm hover:text-accent-text hover:underline"
          >
            {track.title}
          </Link>
        )}
      </p>
      <p className="truncate text-sm text-muted">
        <ArtistLinks artists={track.artists} fallback={track.artistName} />
        {track.albumTitle !== null && ` · ${track.albumTitle}`}
      </p>
    </>
  )
}
