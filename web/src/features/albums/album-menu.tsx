import { useNavigate } from '@tanstack/react-router'
import { Ellipsis, ListEnd, ListStart, MicVocal } from 'lucide-react'
import { IconButton } from '@/components/icon-button'
import { Menu, MenuItem, MenuSeparator } from '@/components/menu'
import type { Album, Track } from '@/lib/api/types'
import { enqueue } from '@/player/play-button'

export function AlbumMenu({ album, tracks }: { album: Album; tracks: readonly Track[] }) {
  const navigate = useNavigate()
  return (
    <Menu align="start" trigger={<IconButton icon={Ellipsis} label={`More for ${album.title}`} size="lg" />}>
      <MenuItem icon={ListStart} onSelect={() => enqueue(tracks, 'next')}>
        Play next
      </MenuItem>
      <MenuItem icon={ListEnd} onSelect={() => enqueue(tracks, 'last')}>
        Add to queue
      </MenuItem>
      {album.artists.length > 0 && <MenuSeparator />}
      {album.artists.map((artist) => (
        <MenuItem
          key={artist.id}
          icon={MicVocal}
          onSelect={() => void navigate({ to: '/artists/$artistId', params: { artistId: artist.id } })}
        >
          Go to {artist.name}
        </MenuItem>
      ))}
    </Menu>
  )
}
