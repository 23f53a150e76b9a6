import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { PageBody, PageTitle } from '@/components/page'
import { Loading, Skeleton } from '@/components/skeleton'
import { ErrorState } from '@/components/states'
import type { Album } from '@/lib/api/types'
import { formatBytes, formatDay, formatTagDate } from '@/lib/format'
import { albumQuery, tracksOf } from '@/player/api'
import { TrackList, TrackListSkeleton } from '@/player/tracks/track-list'
import { AlbumHero } from './album-hero'
import { MoreByArtist } from './more-by-artist'

const route = getRouteApi('/shell/albums/$albumId')

export function AlbumPage() {
  const { albumId } = route.useParams()
  const { data: album, error, refetch } = useQuery(albumQuery(albumId))
  if (album !== undefined) return <AlbumView key={album.id} album={album} />
  if (error !== null) return <ErrorState page error={error} onRetry={() => void refetch()} />
  return <AlbumSkeleton />
}

function AlbumView({ album }: { album: Album }) {
  const tracks = tracksOf(album)
  const named = album.discs.length > 1 || album.discs.some((disc) => disc.subtitle !== null)
  return (
    <>
      <PageTitle>{`${album.title} by ${album.artistName}`}</PageTitle>
      <AlbumHero album={album} tracks={tracks} />
      <PageBody>
        {album.discs.map((disc) => (
          <section key={disc.number} aria-label={`Disc ${disc.number}`} className="mb-6">
            {named && (
              <h2 className="mt-8 mb-2 flex items-baseline gap-2.5 px-1.5 font-display font-semibold">
                Disc {disc.number}{' '}
                {disc.subtitle !== null && <span className="text-muted">{disc.subtitle}</span>}
              </h2>
            )}
            <TrackList
              tracks={disc.tracks}
              queue={tracks}
              label={named ? `Tracks of disc ${disc.number}` : 'Tracks'}
              lead="number"
              pageArtist={album.artistName}
            />
          </section>
        ))}
        <Imprint album={album} />
        <MoreByArtist album={album} />
      </PageBody>
    </>
  )
}

/** The small print at the end of a sleeve. */
function Imprint({ album }: { album: Album }) {
  const released = album.originalDate ?? album.date
  const lines = [
    released === null ? null : `Released ${formatTagDate(released)}`,
    album.date !== null && album.date !== released ? `This edition ${formatTagDate(album.date)}` : null,
    album.labels.length > 0 ? album.labels.join(', ') : null,
    album.catalogNumber,
    `Added ${formatDay(album.addedAt)}`,
    formatBytes(album.sizeBytes),
  ].filter((line) => line !== null)
  return <p className="mt-2 mb-12 px-1.5 text-sm leading-relaxed text-faint">{lines.join('  ·  ')}</p>
}

export function AlbumSkeleton() {
  return (
    <Loading label="Loading the album">
      <PageBody className="pt-10 md:pt-16">
        <div className="mb-10 flex flex-col items-center gap-8 md:flex-row md:items-end">
          <Skeleton className="size-56 rounded-2xl md:size-60" />
          <div className="w-full max-w-xl space-y-4">
            <Skeleton className="h-12 w-4/5" />
            <Skeleton className="h-4 w-1/2" />
            <Skeleton className="h-12 w-44 rounded-full" />
          </div>
        </div>
        <TrackListSkeleton />
      </PageBody>
    </Loading>
  )
}
