import { useQuery } from '@tanstack/react-query'
import { FolderSearch } from 'lucide-react'
import { PageTitle } from '@/components/page'
import { Loading, Skeleton } from '@/components/skeleton'
import { EmptyState, ErrorState } from '@/components/states'
import { AddLibraryDialog } from './add-library-dialog'
import { librariesQuery } from './api'
import { LibraryCard } from './library-card'

export function LibrariesPage() {
  const { data: libraries, error, refetch } = useQuery(librariesQuery)
  return (
    <>
      <PageTitle>Libraries</PageTitle>
      <div className="mb-5 flex items-center justify-between gap-4">
        <p className="text-sm text-muted">Folders of music on the machine that runs Tutti, read in place.</p>
        <AddLibraryDialog />
      </div>
      {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {libraries === undefined && error === null && (
        <Loading label="Loading libraries">
          <Skeleton className="h-44 rounded-2xl" />
        </Loading>
      )}
      {libraries?.length === 0 && (
        <EmptyState icon={FolderSearch} title="No library yet">
          Add a folder of music to begin.
        </EmptyState>
      )}
      {libraries?.map((library) => (
        <LibraryCard key={library.id} library={library} />
      ))}
    </>
  )
}
