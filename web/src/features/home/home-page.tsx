import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { FolderSearch } from 'lucide-react'
import { AlbumCard, AlbumCardSkeleton } from '@/components/album-card'
import { Button } from '@/components/button'
import { PageBody, PageTitle } from '@/components/page'
import { Shelf } from '@/components/shelf'
import { Loading } from '@/components/skeleton'
import { EmptyState, ErrorState } from '@/components/states'
import { meQuery } from '@/lib/me'
import { isComing } from '@/lib/query'
import { PlayAlbum } from '@/player/play-button'
import { recentTracksQuery, shelfQuery, type ShelfSort } from './api'
import { greetingAt } from './greeting'
import { JumpBackIn } from './jump-back-in'

export function HomePage() {
  const { data: me } = useQuery(meQuery)
  const { data: added, error, refetch } = useQuery(shelfQuery('added'))
  const name = me === undefined ? '' : `, ${me.displayName}`
  return (
    <div className="relative isolate">
      <div
        aria-hidden
        className="absolute inset-x-0 top-0 -z-1 h-96 bg-[radial-gradient(70%_100%_at_10%_0%,color-mix(in_oklab,var(--color-accent)_22%,transparent),transparent),radial-gradient(60%_90%_at_90%_0%,color-mix(in_oklab,#a96bff_18%,transparent),transparent)]"
      />
      <PageBody className="pt-7 md:pt-12">
        <PageTitle>Home</PageTitle>
        <h1 className="mb-7 font-display text-3xl font-bold tracking-tight md:text-5xl">
          {greetingAt(new Date())}
          {name}
        </h1>
        {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
        {added?.length === 0 ? <NoMusic admin={me?.role === 'admin'} /> : <Shelves />}
      </PageBody>
    </div>
  )
}

function Shelves() {
  const recent = useQuery(recentTracksQuery)
  // Whether something comes first decides where the rest is: it is not to be pushed down under the pointer.
  if (isComing(recent)) {
    return (
      <Loading>
        <Shelf title="New here">
          <AlbumSkeletons />
        </Shelf>
      </Loading>
    )
  }
  return (
    <>
      {recent.data !== undefined && <JumpBackIn tracks={recent.data} />}
      <AlbumShelf title="New here" sort="added" />
      <AlbumShelf title="Most played" sort="played" />
    </>
  )
}

function AlbumSkeletons() {
  return Array.from({ length: 8 }, (_, at) => (
    <li key={at}>
      <AlbumCardSkeleton />
    </li>
  ))
}

function AlbumShelf({ title, sort }: { title: string; sort: ShelfSort }) {
  const { data, isPending } = useQuery(shelfQuery(sort))
  if (data?.length === 0 || (data === undefined && !isPending)) return null
  return (
    <Shelf
      title={title}
      more={
        <Button variant="ghost" size="sm" asChild>
          <Link to="/albums" search={{ sort }}>
            See all
          </Link>
        </Button>
      }
    >
      {data?.map((album) => (
        <li key={album.id} className="snap-start">
          <AlbumCard album={album} action={<PlayAlbum albumId={album.id} title={album.title} />} />
        </li>
      )) ?? <AlbumSkeletons />}
    </Shelf>
  )
}

function NoMusic({ admin }: { admin: boolean }) {
  return (
    <EmptyState
      icon={FolderSearch}
      title="It is quiet here"
      {...(admin
        ? {
            action: (
              <Button variant="primary" asChild>
                <Link to="/settings/libraries">Add a library</Link>
              </Button>
            ),
          }
        : {})}
    >
      {admin
        ? 'Point Tutti at a folder of music, and your albums appear here while it reads them.'
        : 'Nobody has added music that you may see yet.'}
    </EmptyState>
  )
}
