import { useState } from 'react'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Field, FormError } from '@/components/field'
import { Loading, Skeleton } from '@/components/skeleton'
import { CoverField } from '@/features/uploads/covers/cover-field'
import { useCover } from '@/features/uploads/covers/use-cover'
import { formatCount } from '@/lib/format'
import { changesIn, FIELDS, problemOf, startOf, type Draft, type FieldKey, type KnownTags } from './form'
import type { UploadTags } from './tags'
import { useKnownTags, type Taggable } from './use-known-tags'

interface TagDialogProps {
  /** The files to be tagged; none closes the dialog. */
  files: readonly Taggable[]
  onClose: () => void
  onSave: (changes: UploadTags, numbered: boolean) => void
}

/** Tags and cover of one file, or of several at once. */
export function TagDialog({ files, onClose, onSave }: TagDialogProps) {
  const [first] = files
  const title = files.length === 1 && first !== undefined ? first.name : formatCount(files.length, 'file')
  return (
    <Dialog
      open={files.length > 0}
      onOpenChange={(open) => !open && onClose()}
      title={`Tags and cover of ${title}`}
      description="A field that you leave or clear is as the file says."
      wide
    >
      <TagLoader files={files} onClose={onClose} onSave={onSave} />
    </Dialog>
  )
}

function TagLoader(props: TagDialogProps) {
  const known = useKnownTags(props.files)
  if (known === null) {
    return (
      <Loading label="Reading the tags">
        <Skeleton className="h-80" />
      </Loading>
    )
  }
  return <TagForm {...props} known={known} />
}

const SPANS: Partial<Record<FieldKey, string>> = { title: 'sm:col-span-6' }
const NUMBERS = 'sm:col-span-2'
const WORDS = 'sm:col-span-3'
const HINTS: Partial<Record<FieldKey, string>> = { artists: 'Several? Put a semicolon between them.' }

function TagForm({ files, known, onClose, onSave }: TagDialogProps & { known: readonly KnownTags[] }) {
  const cover = useCover(files)
  const [start] = useState(() => startOf(known))
  const [draft, setDraft] = useState<Draft>(start.draft)
  const [touched, setTouched] = useState<ReadonlySet<FieldKey>>(new Set())
  const [numbered, setNumbered] = useState(false)
  const several = files.length > 1
  const fields = FIELDS.filter(
    ({ key }) => !several || (key !== 'title' && !(numbered && key === 'trackNumber')),
  )
  const flawed = fields.some(({ key }) => problemOf(key, draft[key]) !== undefined)
  const change = (key: FieldKey, text: string) => {
    setDraft((before) => ({ ...before, [key]: text }))
    setTouched((before) => new Set(before).add(key))
  }
  const save = async () => {
    if (!(await cover.save())) return
    onSave(changesIn(start, draft, touched), numbered)
    onClose()
  }
  return (
    <form
      className="[&_input]:scroll-mb-24"
      onSubmit={(event) => {
        event.preventDefault()
        if (!flawed) void save()
      }}
    >
      <CoverField {...cover.field} name={files[0]?.name ?? ''} />
      <div className="grid gap-4 sm:grid-cols-6">
        {fields.map(({ key, label, kind }) => (
          <Field
            key={key}
            label={label}
            value={draft[key]}
            onChange={({ target }) => change(key, target.value)}
            placeholder={start.mixed.has(key) ? 'As each file has it' : 'As the file says'}
            inputMode={kind === 'number' ? 'numeric' : 'text'}
            autoComplete="off"
            hint={HINTS[key]}
            error={problemOf(key, draft[key])}
            className={SPANS[key] ?? (kind === 'number' ? NUMBERS : WORDS)}
          />
        ))}
      </div>
      {several && (
        <label className="mt-4 flex items-center gap-3 text-sm">
          <input
            type="checkbox"
            checked={numbered}
            onChange={({ target }) => setNumbered(target.checked)}
            className="size-4.5 accent-accent"
          />
          Number the tracks in the order of the list, from 1
        </label>
      )}
      {cover.problem !== null && (
        <div className="mt-5">
          <FormError>{cover.problem}</FormError>
        </div>
      )}
      <div className="sticky -bottom-6 -mx-6 mt-6 -mb-6 flex justify-end gap-2 border-t border-line bg-panel px-6 py-4">
        <Button variant="ghost" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" variant="primary" disabled={flawed} busy={cover.saving}>
          Save
        </Button>
      </div>
    </form>
  )
}
