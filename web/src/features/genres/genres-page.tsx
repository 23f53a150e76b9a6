import { Link } from '@tanstack/react-router'
import { Tags } from 'lucide-react'
import { Page } from '@/components/page'
import { PagedView } from '@/components/paged-view'
import { Loading, Skeleton } from '@/components/skeleton'
import { EmptyState } from '@/components/states'
import { VirtualGrid } from '@/components/virtual-grid'
import { api, take } from '@/lib/api/client'
import type { Genre } from '@/lib/api/types'
import { formatCount } from '@/lib/format'
import { pagedQuery, usePaged } from '@/lib/paged'
import { inkFor } from '@/lib/palette'

const genresQuery = pagedQuery(['genres', 'list'], (cursor, signal) =>
  take(api.GET('/api/v1/genres', { params: { query: { sort: 'tracks', limit: 200, cursor } }, signal })),
)

export function GenresPage() {
  const genres = usePaged(genresQuery)
  return (
    <Page title="Genres">
      <PagedView
        paged={genres}
        skeleton={<GenresSkeleton />}
        empty={
          <EmptyState icon={Tags} title="No genres yet">
            They come from the tags of your files.
          </EmptyState>
        }
      >
        {(items) => (
          <VirtualGrid
            items={items}
            keyOf={(genre) => genre.id}
            label="Genres"
            minPx={160}
            belowPx={0}
            onEndNear={genres.more}
            render={(genre) => <GenreTile genre={genre} />}
          />
        )}
      </PagedView>
    </Page>
  )
}

function GenresSkeleton() {
  return (
    <Loading label="Loading genres">
      <div className="grid grid-cols-[repeat(auto-fill,minmax(10rem,1fr))] gap-4">
        {Array.from({ length: 12 }, (_, at) => (
          <Skeleton key={at} className="aspect-square rounded-2xl" />
        ))}
      </div>
    </Loading>
  )
}

function GenreTile({ genre }: { genre: Genre }) {
  const ink = inkFor(genre.name)
  return (
    <Link
      to="/albums"
      search={{ sort: 'title', genre: genre.name }}
      className="relative flex aspect-square flex-col justify-between overflow-hidden rounded-2xl p-4 text-white shadow-md transition-transform duration-200 hover:scale-[1.02]"
      style={{ background: `linear-gradient(145deg, ${ink}, color-mix(in oklab, ${ink} 55%, #140d1c))` }}
    >
      <span
        aria-hidden
        className="absolute -right-6 -bottom-10 font-display text-[8.5rem] leading-none font-bold text-white/12"
      >
        {genre.name.slice(0, 1)}
      </span>
      <span className="font-display text-xl leading-tight font-bold wrap-anywhere">{genre.name}</span>
      <span className="relative text-sm text-white/85">
        {formatCount(genre.albumCount, 'album')}
        <br />
        {formatCount(genre.trackCount, 'track')}
      </span>
    </Link>
  )
}
