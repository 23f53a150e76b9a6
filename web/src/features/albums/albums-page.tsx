import { getRouteApi } from '@tanstack/react-router'
import { Disc3 } from 'lucide-react'
import { AlbumCard, AlbumCardSkeleton } from '@/components/album-card'
import { Page } from '@/components/page'
import { PagedView } from '@/components/paged-view'
import { Loading } from '@/components/skeleton'
import { EmptyState } from '@/components/states'
import { VirtualGrid } from '@/components/virtual-grid'
import { usePaged } from '@/lib/paged'
import { PlayAlbum } from '@/player/play-button'
import { AlbumTools } from './album-tools'
import { albumsQuery } from './api'

const route = getRouteApi('/shell/albums')

export function AlbumsPage() {
  const { sort, genre, decade } = route.useSearch()
  const years = decade === undefined ? {} : { yearFrom: decade, yearTo: decade + 9 }
  const albums = usePaged(albumsQuery({ sort, ...years, ...(genre === undefined ? {} : { genre }) }))
  const narrowed = genre !== undefined || decade !== undefined
  return (
    <Page title="Albums" tools={<AlbumTools />}>
      <PagedView
        paged={albums}
        skeleton={<AlbumsSkeleton />}
        empty={
          <EmptyState icon={Disc3} title={narrowed ? 'No album fits' : 'No albums yet'}>
            {narrowed
              ? 'Loosen a filter to see more.'
              : 'They appear here as soon as a library has been scanned.'}
          </EmptyState>
        }
      >
        {(items) => (
          <VirtualGrid
            items={items}
            keyOf={(album) => album.id}
            label="Albums"
            minPx={155}
            belowPx={60}
            onEndNear={albums.more}
            render={(album, px) => (
              <AlbumCard
                album={album}
                px={px}
                action={<PlayAlbum albumId={album.id} title={album.title} />}
              />
            )}
          />
        )}
      </PagedView>
    </Page>
  )
}

function AlbumsSkeleton() {
  return (
    <Loading label="Loading albums">
      <div className="grid grid-cols-[repeat(auto-fill,minmax(9.7rem,1fr))] gap-4 md:gap-6">
        {Array.from({ length: 18 }, (_, at) => (
          <AlbumCardSkeleton key={at} />
        ))}
      </div>
    </Loading>
  )
}
