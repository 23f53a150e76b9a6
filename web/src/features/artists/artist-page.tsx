import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { MicVocal, Shuffle } from 'lucide-react'
import { AlbumCard } from '@/components/album-card'
import { Button } from '@/components/button'
import { Cover } from '@/components/cover'
import { Hero } from '@/components/hero'
import { PageBody, PageTitle } from '@/components/page'
import { Shelf } from '@/components/shelf'
import { Loading, Skeleton } from '@/components/skeleton'
import { ErrorState } from '@/components/states'
import type { AlbumSummary, Artist } from '@/lib/api/types'
import { formatCount } from '@/lib/format'
import { artistQuery } from '@/player/api'
import { PlayAlbum } from '@/player/play-button'
import { TrackList, TrackListSkeleton } from '@/player/tracks/track-list'
import { PlayArtist, shuffleArtist } from './play-artist'

const route = getRouteApi('/shell/artists/$artistId')

export function ArtistPage() {
  const { artistId } = route.useParams()
  const { data: artist, error, refetch } = useQuery(artistQuery(artistId))
  if (artist !== undefined) return <ArtistView key={artist.id} artist={artist} />
  if (error !== null) return <ErrorState page error={error} onRetry={() => void refetch()} />
  return <ArtistSkeleton />
}

function ArtistView({ artist }: { artist: Artist }) {
  const cover = artist.cover ?? artist.albums[0]?.cover ?? null
  return (
    <>
      <PageTitle>{artist.name}</PageTitle>
      <Hero
        cover={cover}
        name={artist.name}
        kind="Artist"
        title={artist.name}
        art={
          <Cover
            cover={cover}
            name={artist.name}
            px={240}
            icon={MicVocal}
            eager
            className="w-48 rounded-full shadow-cover md:w-52"
          />
        }
        line={
          <span className="text-muted">
            {formatCount(artist.albumCount, 'album')} · {formatCount(artist.trackCount, 'track')}
          </span>
        }
        actions={
          <>
            <PlayArtist artist={artist} />
            <Button onClick={() => void shuffleArtist(artist)}>
              <Shuffle aria-hidden className="size-4.5" />
              Shuffle
            </Button>
          </>
        }
      />
      <PageBody>
        {artist.topTracks.length > 0 && (
          <section aria-labelledby="top-tracks" className="mb-10">
            <h2 id="top-tracks" className="mb-3 font-display text-xl font-semibold md:text-2xl">
              Most played
            </h2>
            <TrackList
              tracks={artist.topTracks}
              label="Most played tracks"
              lead="cover"
              showAlbum
              pageArtist={artist.name}
            />
          </section>
        )}
        <Albums title="Albums" albums={artist.albums} line={(album) => String(album.year ?? '')} />
        <Albums title="Appears on" albums={artist.appearsOn} />
        {artist.biography !== null && (
          <section aria-label="Biography" className="mb-12 max-w-prose leading-relaxed text-muted">
            {artist.biography}
          </section>
        )}
      </PageBody>
    </>
  )
}

interface AlbumsProps {
  title: string
  albums: readonly AlbumSummary[]
  line?: (album: AlbumSummary) => string
}

function Albums({ title, albums, line }: AlbumsProps) {
  if (albums.length === 0) return null
  return (
    <Shelf title={title}>
      {albums.map((album) => (
        <li key={album.id} className="snap-start">
          <AlbumCard
            album={album}
            action={<PlayAlbum albumId={album.id} title={album.title} />}
            {...(line === undefined ? {} : { line: line(album) })}
          />
        </li>
      ))}
    </Shelf>
  )
}

function ArtistSkeleton() {
  return (
    <Loading label="Loading the artist">
      <PageBody className="pt-10 md:pt-16">
        <div className="mb-10 flex flex-col items-center gap-8 md:flex-row md:items-end">
          <Skeleton className="size-48 rounded-full md:size-52" />
          <Skeleton className="h-14 w-72" />
        </div>
        <TrackListSkeleton rows={5} />
      </PageBody>
    </Loading>
  )
}
