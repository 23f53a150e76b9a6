import { AlbumCard, AlbumCardSkeleton } from '@/components/album-card'
import type { AlbumSummary } from '@/lib/api/types'

/** So many places are kept free, so that the page stays as it is while albums come; the demo has six. */
const PLACES = 6
const COVER_PX = 150

interface DemoAlbumsProps {
  albums: AlbumSummary[]
  /** Whether more are coming. */
  expected: boolean
}

/** The albums that can be heard, and places for those to come. */
export function DemoAlbums({ albums, expected }: DemoAlbumsProps) {
  const free = expected ? Math.max(0, PLACES - albums.length) : 0
  if (albums.length + free === 0) return null
  return (
    <ul aria-label="Albums so far" className="mb-6 grid grid-cols-3 gap-x-4 gap-y-5">
      {albums.map((album) => (
        <li key={album.id} className="animate-rise">
          <AlbumCard album={album} px={COVER_PX} line={album.artistName} />
        </li>
      ))}
      {Array.from({ length: free }, (_, place) => (
        <li key={place} aria-hidden>
          <AlbumCardSkeleton />
        </li>
      ))}
    </ul>
  )
}
