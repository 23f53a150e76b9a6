import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Loading, Skeleton } from '@/components/skeleton'
import { ErrorState } from '@/components/states'
import type { Library } from '@/lib/api/types'
import { usePaged } from '@/lib/paged'
import { badFilesQuery } from './api'

interface BadFilesDialogProps {
  library: Library
  open: boolean
  onOpenChange: (open: boolean) => void
}

export function BadFilesDialog({ library, open, onOpenChange }: BadFilesDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Unreadable files"
      description="Repair or replace a file, or let Tutti read a folder: the next scan looks again."
      wide
    >
      <BadFiles library={library} />
    </Dialog>
  )
}

function BadFiles({ library }: { library: Library }) {
  const { items, error, isPending, hasNextPage, more, refetch } = usePaged(badFilesQuery(library.id))
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (isPending) {
    return (
      <Loading label="Loading unreadable files">
        <Skeleton className="h-40" />
      </Loading>
    )
  }
  return (
    <>
      <ul>
        {items.map((file) => (
          <li key={file.path} className="border-t border-line py-3 first:border-0">
            <p className="text-sm font-medium wrap-anywhere">{file.path}</p>
            <p className="text-sm text-muted">{file.reason}</p>
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <Button size="sm" className="mt-3" onClick={more}>
          Show more
        </Button>
      )}
    </>
  )
}
