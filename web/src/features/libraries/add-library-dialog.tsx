import { useMutation, useQueryClient } from '@tanstack/react-query'
import { FolderPlus } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Field, FormError } from '@/components/field'
import { FolderPicker } from '@/components/folder-picker'
import { describeError } from '@/lib/api/error'
import { addLibrary } from '@/lib/libraries'
import { librariesQuery } from './api'

export function AddLibraryDialog() {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button variant="primary" size="sm" onClick={() => setOpen(true)}>
        <FolderPlus aria-hidden className="size-4" />
        Add
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title="Add a library">
        <AddLibraryForm onDone={() => setOpen(false)} />
      </Dialog>
    </>
  )
}

function AddLibraryForm({ onDone }: { onDone: () => void }) {
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const add = useMutation({
    mutationFn: (path: string) => addLibrary(path, name),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: librariesQuery.queryKey })
      onDone()
    },
  })
  return (
    <div className="space-y-4">
      <Field
        label="Name"
        placeholder="The folder's name"
        maxLength={80}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      {add.error !== null && <FormError>{describeError(add.error)}</FormError>}
      <FolderPicker busy={add.isPending} onPick={(path) => add.mutate(path)} onCancel={onDone} />
    </div>
  )
}
