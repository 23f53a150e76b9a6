import { useQuery } from '@tanstack/react-query'
import { AlbumCard } from '@/components/album-card'
import { Shelf } from '@/components/shelf'
import type { Album } from '@/lib/api/types'
import { artistQuery } from '@/player/api'
import { PlayAlbum } from '@/player/play-button'

/** The artist's other albums; nothing while they load or where there are none. */
export function MoreByArtist({ album }: { album: Album }) {
  const artist = album.artists[0]
  const { data } = useQuery({ ...artistQuery(artist?.id ?? ''), enabled: artist !== undefined })
  const others = data?.albums.filter((other) => other.id !== album.id) ?? []
  if (artist === undefined || others.length === 0) return null
  return (
    <Shelf title={`More by ${artist.name}`}>
      {others.map((other) => (
        <li key={other.id} className="snap-start">
          <AlbumCard
            album={other}
            line={String(other.year ?? '')}
            action={<PlayAlbum albumId={other.id} title={other.title} />}
          />
        </li>
      ))}
    </Shelf>
  )
}
