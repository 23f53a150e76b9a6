/** Parameters from the address bar: anything may stand there, and what is not understood is left out. */
type Raw = Record<string, unknown>

export function oneOf<Value extends string>(raw: unknown, values: readonly Value[]): Value | undefined {
  return values.find((value) => value === raw)
}

export function text(raw: unknown): string | undefined {
  return typeof raw === 'string' ? raw : undefined
}

/** Plain text, as people type it: the router would read JSON, and a token of digits as a number. */
export function parseSearch(search: string): Raw {
  return Object.fromEntries(new URLSearchParams(search))
}

export function stringifySearch(search: Raw): string {
  const known = Object.entries(search).filter(([, value]) => value !== undefined && value !== '')
  const query = new URLSearchParams(known.map(([key, value]) => [key, String(value)])).toString()
  return query === '' ? '' : `?${query}`
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

export function registerSearch(raw: Raw): { invite?: string } {
  const invite = text(raw['invite'])
  return invite === undefined ? {} : { invite }
}

interface SetupSearch {
  token?: string
  /** The library that was chosen, and which step shows how it comes. */
  library?: string
  step?: 'demo' | 'scan'
}

export function setupSearch(raw: Raw): SetupSearch {
  const token = text(raw['token'])
  const library = text(raw['library'])
  const step = oneOf(raw['step'], ['demo', 'scan'] as const)
  return {
    ...(token === undefined ? {} : { token }),
    ...(library === undefined ? {} : { library, step: step ?? 'scan' }),
  }
}
