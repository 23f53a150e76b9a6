import { getRouteApi } from '@tanstack/react-router'
import { Music, Play, Shuffle } from 'lucide-react'
import { Button } from '@/components/button'
import { FilterChip } from '@/components/filter-chip'
import { Page } from '@/components/page'
import { PagedView } from '@/components/paged-view'
import { Loading } from '@/components/skeleton'
import { EmptyState } from '@/components/states'
import { VirtualList } from '@/components/virtual-list'
import { usePaged } from '@/lib/paged'
import { player } from '@/player/instance'
import { TrackListSkeleton } from '@/player/tracks/track-list'
import { TrackRow } from '@/player/tracks/track-row'
import { playFrom, useTrackState } from '@/player/tracks/use-track-state'
import { tracksQuery } from './api'
import { TrackSorting } from './track-sorting'

const route = getRouteApi('/shell/tracks')
const ROW_PX = 56

export function TracksPage() {
  const { sort, order, genre } = route.useSearch()
  const navigate = route.useNavigate()
  const filters = {
    sort,
    ...(order === undefined ? {} : { order }),
    ...(genre === undefined ? {} : { genre }),
  }
  const tracks = usePaged(tracksQuery(filters))
  const stateOf = useTrackState()
  return (
    <Page
      title="Tracks"
      tools={
        <>
          {genre !== undefined && (
            <FilterChip
              label={genre}
              onRemove={() => void navigate({ search: ({ genre: _genre, ...rest }) => rest })}
            />
          )}
          <Button
            size="sm"
            variant="primary"
            disabled={tracks.items.length === 0}
            onClick={() => player.playTracks(tracks.items, { start: 0 })}
          >
            <Play aria-hidden className="size-4 fill-current" />
            Play
          </Button>
          <Button
            size="sm"
            disabled={tracks.items.length === 0}
            onClick={() => player.playTracks(tracks.items, { shuffle: true })}
          >
            <Shuffle aria-hidden className="size-4" />
            Shuffle
          </Button>
          <TrackSorting
            sort={sort}
            order={order}
            onChange={(next) =>
              void navigate({ search: ({ order: _order, ...rest }) => ({ ...rest, ...next }) })
            }
          />
        </>
      }
    >
      <PagedView
        paged={tracks}
        skeleton={
          <Loading label="Loading tracks">
            <TrackListSkeleton rows={14} />
          </Loading>
        }
        empty={
          <EmptyState icon={Music} title="No tracks yet">
            They appear here as soon as a library has been scanned.
          </EmptyState>
        }
      >
        {(items) => (
          <VirtualList
            items={items}
            keyOf={(track) => track.id}
            label="Tracks"
            rowPx={ROW_PX}
            onEndNear={tracks.more}
            render={(track, at) => {
              const state = stateOf(track)
              return (
                <TrackRow
                  track={track}
                  lead="cover"
                  state={state}
                  showAlbum
                  onPlay={() => playFrom(items, at, state)}
                />
              )
            }}
          />
        )}
      </PagedView>
    </Page>
  )
}
