import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { SearchX } from 'lucide-react'
import { AlbumCard } from '@/components/album-card'
import { ArtistCard } from '@/components/artist-card'
import { PageBody, PageTitle } from '@/components/page'
import { Shelf } from '@/components/shelf'
import { Loading } from '@/components/skeleton'
import { EmptyState, ErrorState } from '@/components/states'
import { api, take } from '@/lib/api/client'
import type { SearchResults } from '@/lib/api/types'
import { cn } from '@/lib/cn'
import { useDebounced } from '@/lib/use-debounced'
import { PlayAlbum } from '@/player/play-button'
import { TrackList, TrackListSkeleton } from '@/player/tracks/track-list'
import { BrowseAll } from './browse-all'
import { SearchBox } from './search-box'
import { useArrowKeys } from './use-arrow-keys'

const route = getRouteApi('/shell/search')
const SETTLE_MS = 120
const LIMIT = 12

export function SearchPage() {
  const { q } = route.useSearch()
  const navigate = route.useNavigate()
  const words = useDebounced(q.trim(), SETTLE_MS)
  const onKeyDown = useArrowKeys()
  return (
    <PageBody className="pt-5 md:pt-8">
      <PageTitle>{q === '' ? 'Search' : `“${q}”`}</PageTitle>
      <h1 className="sr-only">Search</h1>
      {/* The arrow keys walk from the box through the results; each of them is reachable by Tab as well. */}
      {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div onKeyDown={onKeyDown}>
        <SearchBox value={q} onChange={(next) => void navigate({ search: { q: next }, replace: true })} />
        {words === '' ? <BrowseAll /> : <Results words={words} />}
      </div>
    </PageBody>
  )
}

function Results({ words }: { words: string }) {
  const { data, error, isPlaceholderData, refetch } = useQuery({
    queryKey: ['search', words],
    queryFn: ({ signal }) =>
      take(api.GET('/api/v1/search', { params: { query: { q: words, limit: LIMIT } }, signal })),
    placeholderData: keepPreviousData,
  })
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (data === undefined) {
    return (
      <Loading label="Searching">
        <TrackListSkeleton />
      </Loading>
    )
  }
  return (
    <div
      aria-busy={isPlaceholderData}
      className={cn('transition-opacity', isPlaceholderData && 'opacity-60')}
    >
      <p role="status" className="sr-only">
        {countOf(data)} results for {words}
      </p>
      {countOf(data) === 0 ? <Nothing words={words} /> : <Groups results={data} />}
    </div>
  )
}

function Groups({ results }: { results: SearchResults }) {
  return (
    <>
      {results.artists.length > 0 && (
        <Shelf title="Artists">
          {results.artists.map((artist) => (
            <li key={artist.id} className="snap-start">
              <ArtistCard artist={artist} />
            </li>
          ))}
        </Shelf>
      )}
      {results.albums.length > 0 && (
        <Shelf title="Albums">
          {results.albums.map((album) => (
            <li key={album.id} className="snap-start">
              <AlbumCard album={album} action={<PlayAlbum albumId={album.id} title={album.title} />} />
            </li>
          ))}
        </Shelf>
      )}
      {results.tracks.length > 0 && (
        <section aria-labelledby="found-tracks" className="mb-10">
          <h2 id="found-tracks" className="mb-3 font-display text-xl font-semibold md:text-2xl">
            Tracks
          </h2>
          <TrackList tracks={results.tracks} label="Tracks" lead="cover" showAlbum />
        </section>
      )}
    </>
  )
}

function Nothing({ words }: { words: string }) {
  return (
    <EmptyState icon={SearchX} title={`Nothing for “${words}”`}>
      Fewer letters find more: beginnings of words are enough, and accents do not matter.
    </EmptyState>
  )
}

const countOf = (results: SearchResults) =>
  results.tracks.length + results.albums.length + results.artists.length
