import { Link } from '@tanstack/react-router'
import { MicVocal } from 'lucide-react'
import { Cover } from '@/components/cover'
import type { ArtistSummary } from '@/lib/api/types'
import { formatCount } from '@/lib/format'

export function ArtistCard({ artist, px = 180 }: { artist: ArtistSummary; px?: number }) {
  const line =
    artist.albumCount > 0 ? formatCount(artist.albumCount, 'album') : formatCount(artist.trackCount, 'track')
  return (
    <article className="group relative text-center">
      <Cover
        cover={artist.cover}
        name={artist.name}
        px={px}
        icon={MicVocal}
        className="rounded-full shadow-md ring-1 ring-line transition-shadow duration-300 group-hover:shadow-float"
      />
      <Link
        to="/artists/$artistId"
        params={{ artistId: artist.id }}
        className="mt-3 block font-semibold after:absolute after:inset-0 after:rounded-2xl focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-offset-4 focus-visible:after:outline-accent"
      >
        <span className="line-clamp-1" title={artist.name}>
          {artist.name}
        </span>
      </Link>
      <p className="text-sm text-muted">{line}</p>
    </article>
  )
}
