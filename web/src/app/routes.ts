import { createRootRoute, createRoute, Outlet, type SearchSchemaInput } from '@tanstack/react-router'
import { queryClient } from '@/lib/query'
import { albumQuery, artistQuery } from '@/player/api'
import { requireNoSession, requireSession } from './guards'
import { lazyPage } from './lazy-page'
import {
  albumsSearch,
  artistsSearch,
  loginSearch,
  registerSearch,
  setupSearch,
  text,
  tracksSearch,
} from './search-params'
import { Shell } from './shell'

/** What an address may leave out is filled in by the page. */
type Optional<Search> = Partial<Search> & SearchSchemaInput

const root = createRootRoute({ component: Outlet })

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  validateSearch: (raw: Optional<{ token: string; library: string; step: string }>) => setupSearch(raw),
  component: lazyPage(() => import('@/features/setup/setup-page'), 'SetupPage'),
})

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (raw: Optional<{ redirect: string }>) => loginSearch(raw),
  beforeLoad: requireNoSession,
  component: lazyPage(() => import('@/features/login/login-page'), 'LoginPage'),
})

const register = createRoute({
  getParentRoute: () => root,
  path: '/register',
  validateSearch: (raw: Optional<{ invite: string }>) => registerSearch(raw),
  beforeLoad: requireNoSession,
  component: lazyPage(() => import('@/features/login/register-page'), 'RegisterPage'),
})

const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  beforeLoad: requireSession,
  component: Shell,
})

const home = createRoute({
  getParentRoute: () => shell,
  path: '/',
  component: lazyPage(() => import('@/features/home/home-page'), 'HomePage'),
})

const albums = createRoute({
  getParentRoute: () => shell,
  path: '/albums',
  validateSearch: (raw: Optional<ReturnType<typeof albumsSearch>>) => albumsSearch(raw),
  component: lazyPage(() => import('@/features/albums/albums-page'), 'AlbumsPage'),
})

/** Loaders begin to fetch when a link is hovered. The page shows its own states, so nothing is waited for. */
function ahead(fetching: Promise<unknown>): void {
  fetching.catch(() => undefined)
}

const album = createRoute({
  getParentRoute: () => shell,
  path: '/albums/$albumId',
  loader: ({ params }) => ahead(queryClient.query(albumQuery(params.albumId))),
  component: lazyPage(() => import('@/features/albums/album-page'), 'AlbumPage'),
})

const artists = createRoute({
  getParentRoute: () => shell,
  path: '/artists',
  validateSearch: (raw: Optional<ReturnType<typeof artistsSearch>>) => artistsSearch(raw),
  component: lazyPage(() => import('@/features/artists/artists-page'), 'ArtistsPage'),
})

const artist = createRoute({
  getParentRoute: () => shell,
  path: '/artists/$artistId',
  loader: ({ params }) => ahead(queryClient.query(artistQuery(params.artistId))),
  component: lazyPage(() => import('@/features/artists/artist-page'), 'ArtistPage'),
})

const tracks = createRoute({
  getParentRoute: () => shell,
  path: '/tracks',
  validateSearch: (raw: Optional<ReturnType<typeof tracksSearch>>) => tracksSearch(raw),
  component: lazyPage(() => import('@/features/tracks/tracks-page'), 'TracksPage'),
})

const genres = createRoute({
  getParentRoute: () => shell,
  path: '/genres',
  component: lazyPage(() => import('@/features/genres/genres-page'), 'GenresPage'),
})

const search = createRoute({
  getParentRoute: () => shell,
  path: '/search',
  validateSearch: (raw: Optional<{ q: string }>) => ({ q: text(raw.q) ?? '' }),
  component: lazyPage(() => import('@/features/search/search-page'), 'SearchPage'),
})

const uploads = createRoute({
  getParentRoute: () => shell,
  path: '/uploads',
  component: lazyPage(() => import('@/features/uploads/uploads-page'), 'UploadsPage'),
})

const settings = createRoute({
  getParentRoute: () => shell,
  path: '/settings',
  component: lazyPage(() => import('@/features/account/settings-layout'), 'SettingsLayout'),
})

const listening = createRoute({
  getParentRoute: () => settings,
  path: '/',
  component: lazyPage(() => import('@/features/account/listening-page'), 'ListeningPage'),
})

const account = createRoute({
  getParentRoute: () => settings,
  path: '/account',
  component: lazyPage(() => import('@/features/account/account-page'), 'AccountPage'),
})

const keys = createRoute({
  getParentRoute: () => settings,
  path: '/keys',
  component: lazyPage(() => import('@/features/account/keys-page'), 'KeysPage'),
})

const libraries = createRoute({
  getParentRoute: () => settings,
  path: '/libraries',
  component: lazyPage(() => import('@/features/libraries/libraries-page'), 'LibrariesPage'),
})

export const routeTree = root.addChildren([
  setup,
  login,
  register,
  shell.addChildren([
    home,
    albums,
    album,
    artists,
    artist,
    tracks,
    genres,
    search,
    uploads,
    settings.addChildren([listening, account, keys, libraries]),
  ]),
])
