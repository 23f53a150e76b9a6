import { useEffect, useRef } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { Loading } from '@/components/skeleton'
import { PagedView } from '@/components/paged-view'
import { VirtualList } from '@/components/virtual-list'
import { recentQuery } from '@/features/uploads/api'
import { useUploads } from '@/features/uploads/instance'
import { usePaged } from '@/lib/paged'
import { TrackListSkeleton } from '@/player/tracks/track-list'
import { RecentRow } from './recent-row'

const ROW_PX = 64

/** One's uploads as the server has them, but for those that the list above tells of. */
export function RecentUploads() {
  const above = useUploads(
    useShallow(({ queue }) => Array.from(queue.items.values(), ({ begun }) => begun?.uploadId ?? '')),
  )
  const recent = usePaged(recentQuery)
  const { refetch } = recent
  const before = useRef(above.length)
  useEffect(() => {
    // What left the list above belongs here now, and nobody may have told what became of it.
    if (above.length < before.current) void refetch()
    before.current = above.length
  }, [above.length, refetch])
  const shown = new Set(above)
  const items = recent.items.filter(({ id }) => !shown.has(id))
  if (items.length === 0 && above.length > 0 && recent.error === null) return null
  return (
    <section aria-labelledby="recent-uploads">
      <h2 id="recent-uploads" className="mb-3 font-display text-xl font-semibold">
        Recent uploads
      </h2>
      <PagedView
        paged={{ ...recent, items }}
        skeleton={
          <Loading label="Loading recent uploads">
            <TrackListSkeleton rows={4} />
          </Loading>
        }
        empty={
          <p className="py-2 text-sm text-muted">What you upload is listed here, from whichever device.</p>
        }
      >
        {(found) => (
          <VirtualList
            items={found}
            keyOf={({ id }) => id}
            label="Recent uploads"
            rowPx={ROW_PX}
            onEndNear={recent.more}
            render={(upload) => <RecentRow upload={upload} />}
          />
        )}
      </PagedView>
    </section>
  )
}
