import { useCallback, useState } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { VirtualList } from '@/components/virtual-list'
import { DuplicatesDialog, type Duplicate } from '@/features/uploads/duplicates-dialog'
import type { Item } from '@/features/uploads/engine/item'
import { uploads, useUploads } from '@/features/uploads/instance'
import { TagDialog } from '@/features/uploads/tags/tag-dialog'
import type { UploadTags } from '@/features/uploads/tags/tags'
import type { Taggable } from '@/features/uploads/tags/use-known-tags'
import { DuplicatesNotice } from './notices'
import { QueueHead } from './queue-head'
import { QueueRow } from './queue-row'
import { SelectionBar } from './selection-bar'
import { useSelection } from './use-selection'

/** The height of a row in CSS pixels: `h-18`. */
const ROW_PX = 72

/** The files of this page on their way, and what has become of them. */
export function QueueSection() {
  const order = useUploads(useShallow(({ queue }) => [...queue.items.keys()]))
  const selection = useSelection(order)
  const [editing, setEditing] = useState<readonly Taggable[]>([])
  const [reviewing, setReviewing] = useState(false)
  const duplicates = useDuplicates()
  const edit = useCallback((ids: readonly string[]) => setEditing(taggables(ids)), [])
  const editOne = useCallback((id: string) => edit([id]), [edit])
  const review = useCallback(() => setReviewing(true), [])
  if (order.length === 0) return null
  return (
    <section aria-label="Uploads of this page" className="mb-8">
      <DuplicatesNotice count={duplicates.length} onReview={review} />
      <QueueHead />
      <SelectionBar selection={selection} count={order.length} onEdit={edit} />
      <VirtualList
        items={order}
        keyOf={(id) => id}
        label="Files"
        rowPx={ROW_PX}
        onEndNear={nothing}
        render={(id) => (
          <QueueRow
            id={id}
            selected={selection.ids.has(id)}
            onSelect={selection.toggle}
            onEdit={editOne}
            onReview={review}
          />
        )}
      />
      <TagDialog
        files={editing}
        onClose={() => setEditing([])}
        onSave={(...given) => tag(editing, ...given)}
      />
      <DuplicatesDialog duplicates={duplicates} open={reviewing} onOpenChange={setReviewing} />
    </section>
  )
}

/** All of it is here: there is no next page. */
const nothing = () => undefined

function taggables(ids: readonly string[]): Taggable[] {
  const { items } = uploads.store.getState().queue
  return ids.map((id) => items.get(id)).flatMap((item) => (item === undefined ? [] : [taggableOf(item)]))
}

/** The server knows of a track as soon as it works on it. */
function taggableOf(item: Item): Taggable {
  const made = item.phase === 'ready' || (item.phase === 'processing' && item.share > 0)
  return {
    id: item.id,
    name: item.name,
    tags: item.tags,
    trackId: made ? (item.begun?.trackId ?? null) : null,
  }
}

function tag(files: readonly Taggable[], changes: UploadTags, numbered: boolean): void {
  if (numbered) files.forEach(({ id }, at) => uploads.tag([id], { ...changes, trackNumber: at + 1 }))
  else if (Object.keys(changes).length > 0)
    uploads.tag(
      files.map(({ id }) => id),
      changes,
    )
}

function useDuplicates(): Duplicate[] {
  const items = useUploads(
    useShallow(({ queue }) => [...queue.items.values()].filter(({ phase }) => phase === 'duplicate')),
  )
  return items.map(({ id, name, sizeBytes, duplicateOf }) => ({
    id,
    name,
    sizeBytes,
    duplicateOf,
    keep: () => uploads.keep(id),
    discard: () => {
      uploads.remove([id])
      return Promise.resolve()
    },
  }))
}
