import { queryOptions } from '@tanstack/react-query'
import { api, take } from '@/lib/api/client'
import type { Album, Track } from '@/lib/api/types'
import { queryClient } from '@/lib/query'

export function albumQuery(albumId: string) {
  return queryOptions({
    queryKey: ['albums', albumId],
    queryFn: () => take(api.GET('/api/v1/albums/{album_id}', { params: { path: { album_id: albumId } } })),
  })
}

export function artistQuery(artistId: string) {
  return queryOptions({
    queryKey: ['artists', artistId],
    queryFn: () =>
      take(api.GET('/api/v1/artists/{artist_id}', { params: { path: { artist_id: artistId } } })),
  })
}

export function lyricsQuery(trackId: string) {
  return queryOptions({
    queryKey: ['lyrics', trackId],
    queryFn: () =>
      take(api.GET('/api/v1/tracks/{track_id}/lyrics', { params: { path: { track_id: trackId } } })),
    staleTime: Infinity,
  })
}

export function tracksOf(album: Album): Track[] {
  return album.discs.flatMap((disc) => disc.tracks)
}

export async function fetchAlbumTracks(albumId: string): Promise<Track[]> {
  return tracksOf(await queryClient.query(albumQuery(albumId)))
}
