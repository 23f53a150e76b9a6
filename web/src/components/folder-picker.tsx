import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ChevronRight, CornerLeftUp, Folder } from 'lucide-react'
import { useState, type SubmitEvent } from 'react'
import { Button } from '@/components/button'
import { Field, FormError } from '@/components/field'
import { Loading, Skeleton } from '@/components/skeleton'
import { describeError } from '@/lib/api/error'
import { foldersQuery } from '@/lib/server-folders'

interface FolderPickerProps {
  busy: boolean
  onPick: (path: string) => void
  onCancel: () => void
}

const ROW = 'flex h-11 w-full items-center gap-3 rounded-lg px-3 text-left text-sm font-medium hover:bg-hover'

/** Walks the folders of the machine that runs Tutti; a path can be typed as well. */
export function FolderPicker({ busy, onPick, onCancel }: FolderPickerProps) {
  const [asked, setAsked] = useState<string | null>(null)
  const [typed, setTyped] = useState<string | null>(null)
  const { data, error, isPending } = useQuery({ ...foldersQuery(asked), placeholderData: keepPreviousData })
  const path = typed ?? data?.path ?? ''
  const go = (to: string) => {
    setAsked(to)
    setTyped(null)
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    onPick(path)
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      <Field
        label="Folder"
        value={path}
        spellCheck={false}
        autoComplete="off"
        placeholder="/music"
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || path === data?.path) return
          event.preventDefault()
          go(path)
        }}
      />
      <div className="h-60 overflow-y-auto rounded-xl border border-line bg-ground p-1.5">
        {error !== null && <FormError>{describeError(error)}</FormError>}
        {isPending && (
          <Loading label="Reading folders">
            <Skeleton className="m-2 h-7" />
            <Skeleton className="m-2 h-7" />
          </Loading>
        )}
        <ul aria-label="Folders here">
          {data?.parent != null && (
            <li>
              <button type="button" className={ROW} onClick={() => go(data.parent ?? '')}>
                <CornerLeftUp aria-hidden className="size-4.5 text-faint" />
                Up
              </button>
            </li>
          )}
          {data?.folders.map((folder) => (
            <li key={folder.path}>
              <button type="button" className={ROW} onClick={() => go(folder.path)}>
                <Folder aria-hidden className="size-4.5 shrink-0 text-accent-text" />
                <span className="grow truncate">{folder.name}</span>
                <ChevronRight aria-hidden className="size-4 text-faint" />
              </button>
            </li>
          ))}
        </ul>
        {data?.folders.length === 0 && <p className="p-4 text-sm text-faint">No folders inside.</p>}
      </div>
      <div className="flex justify-end gap-2">
        <Button variant="ghost" onClick={onCancel}>
          Back
        </Button>
        <Button type="submit" variant="primary" busy={busy} disabled={path === ''}>
          Use this folder
        </Button>
      </div>
    </form>
  )
}
