import { Link } from '@tanstack/react-router'
import { Pause, Play } from 'lucide-react'
import { ArtistLinks } from '@/components/artist-links'
import { Cover } from '@/components/cover'
import type { Track } from '@/lib/api/types'
import { cn } from '@/lib/cn'
import { formatQuality, formatTime, isLossless, speakTime } from '@/lib/format'
import { Equaliser } from '@/player/equaliser'
import { TrackMenu } from './track-menu'

export type TrackState = 'still' | 'current' | 'sounding'

interface TrackRowProps {
  track: Track
  /** What stands at the left: the number on the album, the place in the list, or the cover. */
  lead: number | 'cover'
  state: TrackState
  onPlay: () => void
  /** The album's column, on wide screens. */
  showAlbum?: boolean
  /** Leaves the artists out where the page has named them. */
  hideArtists?: boolean
}

/** One track. Double click plays it; so does a tap anywhere on a phone, or the button at its left. */
export function TrackRow(props: TrackRowProps) {
  const { track, lead, state, onPlay, showAlbum = false, hideArtists = false } = props
  const play = track.present ? onPlay : undefined
  return (
    <div
      role="presentation"
      onDoubleClick={play}
      className={cn(
        'group relative grid h-14 grid-cols-[2.75rem_minmax(0,1fr)_auto] items-center gap-3 rounded-xl pr-1 pl-1.5 transition-colors md:gap-4',
        'focus-within:bg-raised/70 hover:bg-raised',
        showAlbum && 'lg:grid-cols-[2.75rem_minmax(0,5fr)_minmax(0,3fr)_auto]',
        state !== 'still' && 'bg-raised/60',
        !track.present && 'opacity-45',
      )}
    >
      <PlayCell track={track} lead={lead} state={state} onPlay={play} />
      <div className="min-w-0">
        <p
          className={cn('truncate font-medium', state !== 'still' && 'text-accent-text')}
          title={track.title}
        >
          {track.title}
        </p>
        {!hideArtists && (
          <p className="truncate text-sm text-muted">
            <ArtistLinks artists={track.artists} fallback={track.artistName} className="relative z-10" />
          </p>
        )}
      </div>
      {showAlbum && (
        <p className="hidden truncate text-sm text-muted lg:block">
          {track.albumId !== null && (
            <Link
              to="/albums/$albumId"
              params={{ albumId: track.albumId }}
              className="relative z-10 rounded-sm hover:text-text hover:underline"
            >
              {track.albumTitle}
            </Link>
          )}
        </p>
      )}
      <div className="flex items-center gap-2 md:gap-4">
        <span className="hidden w-26 text-right sm:block">
          <QualityBadge track={track} />
        </span>
        <span className="w-12 text-right text-sm text-muted tabular" aria-label={speakTime(track.durationMs)}>
          {formatTime(track.durationMs)}
        </span>
        <TrackMenu
          track={track}
          onPlay={onPlay}
          className="relative z-10 transition-opacity md:opacity-0 md:group-focus-within:opacity-100 md:group-hover:opacity-100 md:data-[state=open]:opacity-100"
        />
      </div>
    </div>
  )
}

interface PlayCellProps {
  track: Track
  lead: number | 'cover'
  state: TrackState
  onPlay: (() => void) | undefined
}

function PlayCell({ track, lead, state, onPlay }: PlayCellProps) {
  const Icon = state === 'sounding' ? Pause : Play
  const resting = 'transition-opacity group-focus-within:opacity-0 group-hover:opacity-0'
  return (
    <div className="grid h-11 w-11 place-items-center *:col-start-1 *:row-start-1">
      {lead === 'cover' && (
        <Cover
          cover={track.cover}
          name={track.albumTitle ?? track.title}
          px={44}
          className="size-11 rounded-md"
        />
      )}
      {lead !== 'cover' && state === 'still' && (
        <span className={cn('text-sm text-faint tabular', resting)}>{lead > 0 ? lead : '–'}</span>
      )}
      {state !== 'still' && (
        <span className={cn('z-1', resting)}>
          <Equaliser moving={state === 'sounding'} className={lead === 'cover' ? 'drop-shadow-md' : ''} />
        </span>
      )}
      <button
        type="button"
        aria-label={`${state === 'sounding' ? 'Pause' : 'Play'} ${track.title} by ${track.artistName}`}
        disabled={onPlay === undefined}
        onClick={onPlay}
        className={cn(
          'z-2 grid size-11 place-items-center rounded-md opacity-0 group-hover:opacity-100 focus-visible:opacity-100 max-md:after:absolute max-md:after:inset-0',
          lead === 'cover' && 'bg-black/55 text-white',
        )}
      >
        <Icon aria-hidden className="size-4.5 fill-current" />
      </button>
    </div>
  )
}

function QualityBadge({ track }: { track: Track }) {
  return (
    <span
      className={cn(
        'rounded-md border px-1.5 py-0.5 text-[0.68rem] font-semibold tracking-wide whitespace-nowrap tabular',
        isLossless(track) ? 'border-accent/35 text-accent-text' : 'border-line text-faint',
      )}
    >
      {formatQuality(track)}
    </span>
  )
}
