import { api, take } from '@/lib/api/client'
import { describeError } from '@/lib/api/error'
import type { Artist, Track } from '@/lib/api/types'
import { toast } from '@/lib/toast'
import { player, useNowPlaying, useSounding } from '@/player/instance'
import { RoundPlayButton } from '@/player/play-button'

const MOST = 500

/** Plays the artist's tracks, album by album. */
export function PlayArtist({ artist }: { artist: Artist }) {
  const current = useNowPlaying()?.artists.some(({ id }) => id === artist.id) ?? false
  const sounding = useSounding() && current
  const press = () => (current ? player.toggle() : void playArtist(artist, false))
  return <RoundPlayButton name={artist.name} sounding={sounding} onPress={press} size="lg" />
}

export const shuffleArtist = (artist: Artist): Promise<void> => playArtist(artist, true)

async function playArtist(artist: Artist, shuffle: boolean): Promise<void> {
  try {
    const tracks = await fetchTracks(artist.id)
    player.playTracks(tracks, shuffle ? { shuffle } : { start: 0 })
  } catch (error) {
    toast(describeError(error), 'problem')
  }
}

async function fetchTracks(artistId: string): Promise<Track[]> {
  const query = { artist: artistId, sort: 'album' as const, limit: MOST }
  const page = await take(api.GET('/api/v1/tracks', { params: { query } }))
  return page.items
}
