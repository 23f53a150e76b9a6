/** Parameters from the address bar: anything may stand there, and what is not understood is left out. */
type Raw = Record<string, unknown>

export function oneOf<Value extends string>(raw: unknown, values: readonly Value[]): Value | undefined {
  return values.find((value) => value === raw)
}

/** The router reads `?q=1984` as a number. */
export function text(raw: unknown): string | undefined {
  return typeof raw === 'string' || typeof raw === 'number' ? String(raw) : undefined
}

const ALBUM_SORTS = ['title', 'artist', 'year', 'added', 'played'] as const
const TRACK_SORTS = ['title', 'artist', 'album', 'year', 'added', 'played', 'duration'] as const
const ARTIST_SORTS = ['name', 'added', 'albums', 'tracks', 'played'] as const

interface AlbumsSearch {
  sort: (typeof ALBUM_SORTS)[number]
  genre?: string
  decade?: number
}

export function albumsSearch(raw: Raw): AlbumsSearch {
  const genre = text(raw['genre'])
  const decade = Number(raw['decade'])
  return {
    sort: oneOf(raw['sort'], ALBUM_SORTS) ?? 'title',
    ...(genre === undefined ? {} : { genre }),
    ...(Number.isInteger(decade) && decade >= 1000 && decade < 9990 ? { decade } : {}),
  }
}

interface TracksSearch {
  sort: (typeof TRACK_SORTS)[number]
  order?: 'asc' | 'desc'
  genre?: string
}

export function tracksSearch(raw: Raw): TracksSearch {
  const order = oneOf(raw['order'], ['asc', 'desc'])
  const genre = text(raw['genre'])
  return {
    sort: oneOf(raw['sort'], TRACK_SORTS) ?? 'title',
    ...(order === undefined ? {} : { order }),
    ...(genre === undefined ? {} : { genre }),
  }
}

interface ArtistsSearch {
  sort: (typeof ARTIST_SORTS)[number]
  role: 'albumartist' | 'any'
}

export function artistsSearch(raw: Raw): ArtistsSearch {
  return {
    sort: oneOf(raw['sort'], ARTIST_SORTS) ?? 'name',
    role: oneOf(raw['role'], ['albumartist', 'any']) ?? 'albumartist',
  }
}

export function loginSearch(raw: Raw): { redirect?: string } {
  const target = raw['redirect']
  // Only a path of this site: never a link that leads elsewhere after the login.
  const inside = typeof target === 'string' && /^\/(?![/\\])/.test(target)
  return inside ? { redirect: target } : {}
}

export function setupSearch(raw: Raw): { token?: string } {
  const token = text(raw['token'])
  return token === undefined ? {} : { token }
}
