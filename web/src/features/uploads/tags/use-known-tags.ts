import { queryOptions, useQueries } from '@tanstack/react-query'
import { trackQuery } from '@/features/uploads/api'
import { uploads } from '@/features/uploads/instance'
import type { components } from '@/lib/api/schema'
import type { KnownTags } from './form'
import { readTags } from './read/read-tags'
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

/** So many files are read, or asked for; of more only what was said here is known. */
export const MAX_ASKED = 60

/** What is known of the tags of files: by the server of tracks, by themselves of those that are here; null meanwhile. */
export function useKnownTags(files: readonly Taggable[]): KnownTags[] | null {
  const asked = files.length <= MAX_ASKED ? files : []
  const tracks = useQueries({
    queries: asked.map(({ trackId }) => ({
      ...trackQuery(trackId ?? ''),
      enabled: trackId !== null,
      retry: false,
    })),
  })
  const read = useQueries({ queries: asked.map(({ id }) => fileTagsQuery(id)) })
  if ([...tracks, ...read].some(({ isLoading }) => isLoading)) return null
  return files.map((file, at) => ({
    ...(read[at]?.data ?? {}),
    ...ofTrack(tracks[at]?.data),
    ...said(file.tags),
  }))
}

function fileTagsQuery(id: string) {
  return queryOptions({
    queryKey: ['file-tags', id],
    queryFn: () => {
      const file = uploads.fileOf(id)
      return file === null ? null : readTags(file)
    },
    retry: false,
  })
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
