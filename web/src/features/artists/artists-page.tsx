import { getRouteApi } from '@tanstack/react-router'
import { MicVocal } from 'lucide-react'
import { ArtistCard } from '@/components/artist-card'
import { Page } from '@/components/page'
import { PagedView } from '@/components/paged-view'
import { Segmented } from '@/components/segmented'
import { Loading, Skeleton } from '@/components/skeleton'
import { SortMenu } from '@/components/sort-menu'
import { EmptyState } from '@/components/states'
import { VirtualGrid } from '@/components/virtual-grid'
import { usePaged } from '@/lib/paged'
import { artistsQuery, type ArtistSort } from './api'

const route = getRouteApi('/shell/artists')
const SORTS: readonly { value: ArtistSort; label: string }[] = [
  { value: 'name', label: 'Name' },
  { value: 'added', label: 'Recently added' },
  { value: 'albums', label: 'Most albums' },
  { value: 'tracks', label: 'Most tracks' },
  { value: 'played', label: 'Most played' },
]
const ROLES = [
  { value: 'albumartist', label: 'Album artists' },
  { value: 'any', label: 'Everyone' },
] as const

export function ArtistsPage() {
  const { sort, role } = route.useSearch()
  const navigate = route.useNavigate()
  const artists = usePaged(artistsQuery({ sort, role }))
  return (
    <Page
      title="Artists"
      tools={
        <>
          <Segmented
            label="Which artists"
            value={role}
            options={ROLES}
            onChange={(next) => void navigate({ search: (rest) => ({ ...rest, role: next }) })}
          />
          <SortMenu
            value={sort}
            options={SORTS}
            onChange={(next) => void navigate({ search: (rest) => ({ ...rest, sort: next }) })}
          />
        </>
      }
    >
      <PagedView
        paged={artists}
        skeleton={<ArtistsSkeleton />}
        empty={
          <EmptyState icon={MicVocal} title="No artists yet">
            They appear here as soon as a library has been scanned.
          </EmptyState>
        }
      >
        {(items) => (
          <VirtualGrid
            items={items}
            keyOf={(artist) => artist.id}
            label="Artists"
            minPx={140}
            belowPx={68}
            onEndNear={artists.more}
            render={(artist, px) => <ArtistCard artist={artist} px={px} />}
          />
        )}
      </PagedView>
    </Page>
  )
}

function ArtistsSkeleton() {
  return (
    <Loading label="Loading artists">
      <div className="grid grid-cols-[repeat(auto-fill,minmax(8.75rem,1fr))] gap-4 md:gap-6">
        {Array.from({ length: 18 }, (_, at) => (
          <div key={at}>
            <Skeleton className="aspect-square rounded-full" />
            <Skeleton className="mx-auto mt-3 h-4 w-2/3" />
          </div>
        ))}
      </div>
    </Loading>
  )
}
