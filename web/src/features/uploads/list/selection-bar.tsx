import { Pencil } from 'lucide-react'
import { Button } from '@/components/button'
import { uploads, useUploads } from '@/features/uploads/instance'
import type { Selection } from './use-selection'

interface SelectionBarProps {
  selection: Selection
  count: number
  onEdit: (ids: readonly string[]) => void
}

/** Above the list: select all of it, and do something with what is selected. As high with a selection as without. */
export function SelectionBar({ selection, count, onEdit }: SelectionBarProps) {
  const chosen = [...selection.ids]
  const some = chosen.length > 0
  const holds = useUploads(({ queue }) => chosen.some((id) => queue.items.get(id)?.phase === 'held'))
  return (
    <div className="flex h-14 items-center gap-3 overflow-x-auto px-2">
      <label className="flex shrink-0 items-center gap-3 text-sm text-muted">
        <input
          type="checkbox"
          checked={some && chosen.length === count}
          ref={(box) => {
            if (box !== null) box.indeterminate = some && chosen.length < count
          }}
          onChange={some ? selection.none : selection.all}
          className="size-4.5 accent-accent"
        />
        {some ? `${chosen.length} selected` : 'Select all'}
      </label>
      {some && (
        <>
          <Button size="sm" onClick={() => onEdit(chosen)}>
            <Pencil aria-hidden className="size-4" />
            Edit tags and cover
          </Button>
          {holds && (
            <Button size="sm" onClick={() => uploads.publish(chosen)}>
              Publish
            </Button>
          )}
          <Button size="sm" variant="ghost" onClick={() => uploads.pause(chosen)}>
            Pause
          </Button>
          <Button size="sm" variant="ghost" onClick={() => uploads.resume(chosen)}>
            Resume
          </Button>
          <Button size="sm" variant="ghost" onClick={() => uploads.remove(chosen)}>
            Remove
          </Button>
        </>
      )}
    </div>
  )
}
