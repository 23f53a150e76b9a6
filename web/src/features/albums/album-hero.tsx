import { Link } from '@tanstack/react-router'
import { Shuffle } from 'lucide-react'
import { ArtistLinks } from '@/components/artist-links'
import { Button } from '@/components/button'
import { Cover } from '@/components/cover'
import { Hero } from '@/components/hero'
import type { Album, Track } from '@/lib/api/types'
import { formatCount, formatLength } from '@/lib/format'
import { player } from '@/player/instance'
import { PlayAlbum } from '@/player/play-button'
import { AlbumMenu } from './album-menu'

const SHOWN_GENRES = 4

export function AlbumHero({ album, tracks }: { album: Album; tracks: Track[] }) {
  const facts = [
    album.year === null ? null : String(album.year),
    formatCount(tracks.length, 'track'),
    formatLength(album.durationMs),
  ].filter((fact) => fact !== null)
  return (
    <Hero
      cover={album.cover}
      name={album.title}
      kind={album.compilation ? 'Compilation' : 'Album'}
      title={album.title}
      art={
        <Cover
          cover={album.cover}
          name={album.title}
          px={256}
          eager
          className="w-56 rounded-2xl shadow-cover xs:w-64 md:w-60"
        />
      }
      line={
        <>
          <ArtistLinks
            artists={album.artists}
            fallback={album.artistName}
            className="font-semibold text-text"
          />
          <span className="text-muted">{facts.join(' · ')}</span>
        </>
      }
      actions={
        <>
          <PlayAlbum albumId={album.id} title={album.title} size="lg" />
          <Button variant="secondary" onClick={() => player.playTracks(tracks, { shuffle: true })}>
            <Shuffle aria-hidden className="size-4.5" />
            Shuffle
          </Button>
          <AlbumMenu album={album} tracks={tracks} />
          <ul aria-label="Genres" className="ml-auto hidden gap-2 lg:flex">
            {album.genres.slice(0, SHOWN_GENRES).map((genre) => (
              <li key={genre}>
                <Link
                  to="/albums"
                  search={{ sort: 'title', genre }}
                  className="rounded-full border border-line px-3 py-1.5 text-sm text-muted hover:bg-raised hover:text-text"
                >
                  {genre}
                </Link>
              </li>
            ))}
          </ul>
        </>
      }
    />
  )
}
