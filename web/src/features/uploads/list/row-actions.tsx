import { Pause, Pencil, Play, RotateCw, X } from 'lucide-react'
import { Button } from '@/components/button'
import { IconButton } from '@/components/icon-button'
import { isUnsent, type Item } from '@/features/uploads/engine/item'
import { uploads } from '@/features/uploads/instance'
import { canRetry } from './stage'

interface RowActionsProps {
  item: Item
  /** What the row calls it. */
  name: string
  onEdit: () => void
  onReview: () => void
}

/** What can be done with one file now. */
export function RowActions({ item, name, onEdit, onReview }: RowActionsProps) {
  const taggable = item.phase !== 'failed' && item.phase !== 'duplicate'
  const off = isUnsent(item) ? `Cancel ${name}` : `Take ${name} off the list`
  return (
    <div className="flex items-center">
      <MainAction item={item} name={name} onReview={onReview} />
      {taggable && (
        <IconButton
          icon={Pencil}
          size="sm"
          label={`Edit tags and cover of ${name}`}
          onClick={onEdit}
          className="max-sm:hidden"
        />
      )}
      <IconButton icon={X} size="sm" label={off} onClick={() => uploads.remove([item.id])} />
    </div>
  )
}

function MainAction({ item, name, onReview }: Omit<RowActionsProps, 'onEdit'>) {
  const own = [item.id]
  if (item.phase === 'duplicate') {
    return (
      <Button size="sm" aria-label={`Review ${name}`} onClick={onReview} className="mr-1">
        Review
      </Button>
    )
  }
  if (item.phase === 'held') {
    return (
      <Button
        size="sm"
        variant="primary"
        aria-label={`Publish ${name}`}
        onClick={() => uploads.publish(own)}
        className="mr-1"
      >
        Publish
      </Button>
    )
  }
  if (item.phase === 'paused') {
    return <IconButton icon={Play} size="sm" label={`Resume ${name}`} onClick={() => uploads.resume(own)} />
  }
  if (canRetry(item)) {
    return (
      <IconButton icon={RotateCw} size="sm" label={`Try ${name} again`} onClick={() => uploads.retry(own)} />
    )
  }
  if (item.phase !== 'queued' && item.phase !== 'sending') return null
  return <IconButton icon={Pause} size="sm" label={`Pause ${name}`} onClick={() => uploads.pause(own)} />
}
