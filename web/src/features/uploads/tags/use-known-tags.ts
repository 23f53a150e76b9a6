import { useQueries } from '@tanstack/react-query'
import { trackQuery } from '@/features/uploads/api'
import type { components } from '@/lib/api/schema'
import type { KnownTags } from './form'
import type { UploadTags } from './tags'

type TrackDetail = components['schemas']['TrackDetail']

/** A file whose tags can be edited: still on its way, or a track already. */
export interface Taggable {
  id: string
  name: string
  /** The track that the server has made of it, if it has. */
  trackId: string | null
  /** What its owner said before. */
  tags: UploadTags
}

/** So many tracks are asked for; of more only what was said here is known. */
const MAX_ASKED = 30

/** What is known of the tags of files; null while the server is asked for those of tracks. */
export function useKnownTags(files: readonly Taggable[]): KnownTags[] | null {
  const asked = files.length <= MAX_ASKED ? files : []
  const tracks = useQueries({
    queries: asked.map(({ trackId }) => ({
      ...trackQuery(trackId ?? ''),
      enabled: trackId !== null,
      retry: false,
    })),
  })
  if (tracks.some(({ isLoading }) => isLoading)) return null
  return files.map((file, at) => ({ ...ofTrack(tracks[at]?.data), ...said(file.tags) }))
}

function ofTrack(track: TrackDetail | undefined): KnownTags {
  if (track === undefined) return {}
  const names = (artists: readonly { name: string }[]) => artists.map(({ name }) => name)
  const { title, albumTitle, genres, year, trackNumber, discNumber } = track
  return {
    title,
    artists: names(track.artists),
    album: albumTitle,
    albumArtists: names(track.albumArtists),
    genres,
    year,
    trackNumber,
    discNumber,
  }
}

/** Null is the file's own word again, which is what is known anyway. */
function said(tags: UploadTags): KnownTags {
  return Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== null))
}
