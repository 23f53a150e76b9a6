import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState, type SubmitEvent } from 'react'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Field, FormError } from '@/components/field'
import { Segmented } from '@/components/segmented'
import { describeError } from '@/lib/api/error'
import { apiKeysQuery, createApiKey } from './api'

const RIGHTS = [
  { value: 'read', label: 'Read' },
  { value: 'write', label: 'Read and write' },
] as const
type Rights = (typeof RIGHTS)[number]['value']

/** Makes a key and shows it: the only time that anyone sees it. */
export function NewKeyDialog() {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button size="sm" onClick={() => setOpen(true)}>
        <Plus aria-hidden className="size-4" />
        New key
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title="New API key">
        <NewKeyForm onDone={() => setOpen(false)} />
      </Dialog>
    </>
  )
}

function NewKeyForm({ onDone }: { onDone: () => void }) {
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [rights, setRights] = useState<Rights>('read')
  const create = useMutation({
    mutationFn: () =>
      createApiKey({ name: name.trim(), scopes: rights === 'read' ? ['read'] : ['read', 'write'] }),
    onSuccess: () => queries.invalidateQueries({ queryKey: apiKeysQuery.queryKey }),
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    create.mutate()
  }
  if (create.data !== undefined) {
    return (
      <div className="space-y-5">
        <Field
          label="Your new key"
          hint="Copy it now: it is not shown again."
          readOnly
          value={create.data.key}
          onFocus={(event) => event.target.select()}
        />
        <Button variant="primary" className="w-full" onClick={onDone}>
          Done
        </Button>
      </div>
    )
  }
  return (
    <form onSubmit={submit} className="space-y-5">
      <Field
        label="Name"
        hint="What will use it."
        required
        maxLength={80}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Segmented label="Rights" value={rights} options={RIGHTS} onChange={setRights} />
      {create.error !== null && <FormError>{describeError(create.error)}</FormError>}
      <Button type="submit" variant="primary" busy={create.isPending} className="w-full">
        Make the key
      </Button>
    </form>
  )
}
