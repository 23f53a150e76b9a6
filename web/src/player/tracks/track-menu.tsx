import { useNavigate } from '@tanstack/react-router'
import { Disc3, Ellipsis, ListEnd, ListStart, MicVocal, Play } from 'lucide-react'
import { IconButton } from '@/components/icon-button'
import { Menu, MenuItem, MenuSeparator } from '@/components/menu'
import type { Track } from '@/lib/api/types'
import { enqueue } from '@/player/play-button'

interface TrackMenuProps {
  track: Track
  onPlay: () => void
  className?: string
}

export function TrackMenu({ track, onPlay, className }: TrackMenuProps) {
  const navigate = useNavigate()
  const { albumId } = track
  return (
    <Menu
      trigger={
        <IconButton
          icon={Ellipsis}
          label={`More for ${track.title}`}
          size="sm"
          {...(className === undefined ? {} : { className })}
        />
      }
    >
      <MenuItem icon={Play} onSelect={onPlay} disabled={!track.present}>
        Play
      </MenuItem>
      <MenuItem icon={ListStart} onSelect={() => enqueue([track], 'next')} disabled={!track.present}>
        Play next
      </MenuItem>
      <MenuItem icon={ListEnd} onSelect={() => enqueue([track], 'last')} disabled={!track.present}>
        Add to queue
      </MenuItem>
      <MenuSeparator />
      {albumId !== null && (
        <MenuItem
          icon={Disc3}
          onSelect={() => void navigate({ to: '/albums/$albumId', params: { albumId } })}
        >
          Go to album
        </MenuItem>
      )}
      {track.artists.map((artist) => (
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
