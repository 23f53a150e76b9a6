import type { KnownTags } from '@/features/uploads/tags/form'

/** Words of a file's tags under the names of this form; every format has its own for them. */
export type Field = 'title' | 'artists' | 'album' | 'albumArtists' | 'genres' | 'date' | 'track' | 'disc'
export type Words = Partial<Record<Field, string[]>>

export function add(words: Words, field: Field | undefined, values: readonly string[]): void {
  const said = values.map((value) => value.trim()).filter((value) => value !== '')
  if (field !== undefined && said.length > 0) words[field] = [...(words[field] ?? []), ...said]
}

/** "7/12" is the seventh, and "1999-05-01" the year 1999. */
export function knownOf(words: Words): KnownTags {
  const number = (field: Field) => Number.parseInt(words[field]?.[0] ?? '', 10) || null
  const { title, album, artists = [], albumArtists = [], genres = [] } = words
  return {
    title: title?.[0] ?? null,
    artists,
    album: album?.[0] ?? null,
    albumArtists,
    genres,
    year: number('date'),
    trackNumber: number('track'),
    discNumber: number('disc'),
  }
}
