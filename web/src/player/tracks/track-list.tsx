import type { Track } from '@/lib/api/types'
import { Skeleton } from '@/components/skeleton'
import { TrackRow } from './track-row'
import { playFrom, useTrackState } from './use-track-state'

interface TrackListProps {
  tracks: readonly Track[]
  label: string
  lead: 'number' | 'place' | 'cover'
  showAlbum?: boolean
  /** The artists that need no mention because the page is theirs. */
  pageArtist?: string
  /** What plays when one is chosen; the list itself when left out. */
  queue?: readonly Track[]
}

/** A list of tracks that is short enough to be in the page as a whole. */
export function TrackList({
  tracks,
  label,
  lead,
  showAlbum = false,
  pageArtist,
  queue = tracks,
}: TrackListProps) {
  const stateOf = useTrackState()
  return (
    <ol aria-label={label}>
      {tracks.map((track, at) => {
        const state = stateOf(track)
        return (
          <li key={track.id}>
            <TrackRow
              track={track}
              lead={lead === 'cover' ? 'cover' : lead === 'number' ? track.trackNumber : at + 1}
              state={state}
              onPlay={() => playFrom(queue, queue.indexOf(track), state)}
              showAlbum={showAlbum}
              hideArtists={track.artistName === pageArtist}
            />
          </li>
        )
      })}
    </ol>
  )
}

export function TrackListSkeleton({ rows = 8 }: { rows?: number }) {
  return (
    <div className="space-y-1.5">
      {Array.from({ length: rows }, (_, at) => (
        <div key={at} className="flex h-14 items-center gap-4 px-1.5">
          <Skeleton className="size-11 rounded-md" />
          <div className="grow space-y-2">
            <Skeleton className="h-3.5 w-2/5" />
            <Skeleton className="h-3 w-1/4" />
          </div>
          <Skeleton className="h-3 w-10" />
        </div>
      ))}
    </div>
  )
}
