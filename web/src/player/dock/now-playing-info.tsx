import { Link } from '@tanstack/react-router'
import { ArtistLinks } from '@/components/artist-links'
import { Cover } from '@/components/cover'
import type { Track } from '@/lib/api/types'
import { setLayout } from '@/lib/layout'

/** Cover, title and artists of what plays; the cover opens the large view. */
export function NowPlayingInfo({ track }: { track: Track }) {
  return (
    <div className="flex min-w-0 items-center gap-3.5">
      <button
        type="button"
        aria-label="Open the now playing view"
        onClick={() => setLayout({ nowPlayingOpen: true })}
        className="group shrink-0 rounded-lg"
      >
        <Cover
          key={track.cover?.id ?? track.id}
          cover={track.cover}
          name={track.albumTitle ?? track.title}
          px={56}
          eager
          className="size-14 rounded-lg shadow-md transition-transform duration-200 group-hover:scale-105"
        />
      </button>
      <div className="min-w-0">
        <p className="truncate leading-6 font-semibold [&_a]:inline-block" title={track.title}>
          {track.albumId === null ? (
            track.title
          ) : (
            <Link
              to="/albums/$albumId"
              params={{ albumId: track.albumId }}
              className="rounded-sm hover:underline"
            >
              {track.title}
            </Link>
          )}
        </p>
        <p className="truncate text-sm leading-6 text-muted [&_a]:inline-block">
          <ArtistLinks artists={track.artists} fallback={track.artistName} />
        </p>
      </div>
    </div>
  )
}
