import { ImagePlus, ImageUp } from 'lucide-react'
import { useCallback, useId, useRef, useState, type DragEvent } from 'react'
import { Button } from '@/components/button'
import { Cover } from '@/components/cover'
import { OWN_DROP } from '@/features/uploads/files/use-drop'
import type { Cover as CoverArt } from '@/lib/api/types'
import { cn } from '@/lib/cn'

const PICTURES = ['image/jpeg', 'image/png', 'image/webp', 'image/gif']
const NO_PICTURE = 'This is no picture that can be shown here. Choose a JPEG, PNG, WebP or GIF.'

/** What is to become of a cover: a new picture, null for the file's own again, undefined for no change. */
export type CoverChange = Blob | null | undefined

interface CoverFieldProps {
  /** What it is the cover of. */
  name: string
  /** The cover that is there, if the files have the same. */
  cover: CoverArt | null
  /** The picture that waits to become it. */
  waiting: Blob | null
  change: CoverChange
  onChange: (change: CoverChange) => void
}

/** Choose or drop a picture, look at it, take it back. */
export function CoverField({ name, cover, waiting, change, onChange }: CoverFieldProps) {
  const input = useRef<HTMLInputElement>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const noteId = useId()
  const picture = change === undefined ? waiting : change
  const there = picture !== null || (change === undefined && cover !== null)
  const take = (chosen: File | undefined) => {
    if (chosen === undefined) return
    const fits = PICTURES.includes(chosen.type)
    setProblem(fits ? null : NO_PICTURE)
    if (fits) onChange(chosen)
  }
  const refuse = () => {
    setProblem(NO_PICTURE)
    onChange(undefined)
  }
  const remove = () => {
    setProblem(null)
    onChange(null)
  }
  return (
    <fieldset className="mb-4">
      <legend className="mb-1.5 text-sm font-semibold">Cover</legend>
      <DropZone onDrop={take}>
        {picture === null ? (
          <Cover
            cover={there ? cover : null}
            name={name}
            px={80}
            icon={ImagePlus}
            className="size-20 rounded-lg"
          />
        ) : (
          <Preview picture={picture} onBroken={refuse} />
        )}
        <div className="min-w-0 grow basis-40">
          <div className="flex flex-wrap gap-2">
            <input
              ref={input}
              type="file"
              accept={PICTURES.join()}
              aria-label="Picture for the cover"
              tabIndex={-1}
              className="sr-only"
              onChange={({ target }) => {
                take(target.files?.[0])
                target.value = '' // So that the same file can be chosen again.
              }}
            />
            <Button size="sm" aria-describedby={noteId} onClick={() => input.current?.click()}>
              <ImageUp aria-hidden className="size-4" />
              {there ? 'Replace the cover' : 'Choose a cover'}
            </Button>
            {there && (
              <Button size="sm" variant="ghost" onClick={remove}>
                Remove the cover
              </Button>
            )}
          </div>
          <p id={noteId} className="mt-2 text-sm text-faint">
            {change === null ? 'The cover is as the file says, if it brings one.' : 'Or drop a picture here.'}
          </p>
          <p role="alert" className={cn('text-sm text-danger', problem !== null && 'mt-1')}>
            {problem}
          </p>
        </div>
      </DropZone>
    </fieldset>
  )
}

function DropZone({
  onDrop,
  children,
}: {
  onDrop: (file: File | undefined) => void
  children: React.ReactNode
}) {
  const [over, setOver] = useState(false)
  const accept = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes('Files')) return
    event.preventDefault()
    setOver(true)
  }
  return (
    <div
      {...OWN_DROP}
      role="presentation"
      onDragEnter={accept}
      onDragOver={accept}
      onDragLeave={({ currentTarget, relatedTarget }) => {
        if (!(relatedTarget instanceof Node && currentTarget.contains(relatedTarget))) setOver(false)
      }}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        onDrop(event.dataTransfer.files[0])
      }}
      className={cn(
        'flex flex-wrap items-center gap-4 rounded-xl border border-dashed p-2.5 transition-colors',
        over ? 'border-accent bg-accent/10' : 'border-line',
      )}
    >
      {children}
    </div>
  )
}

function Preview({ picture, onBroken }: { picture: Blob; onBroken: () => void }) {
  const show = useCallback(
    (image: HTMLImageElement) => {
      const url = URL.createObjectURL(picture)
      image.src = url
      return () => URL.revokeObjectURL(url)
    },
    [picture],
  )
  return (
    <img
      ref={show}
      alt="The new cover"
      draggable={false}
      onError={onBroken}
      className="size-20 rounded-lg bg-raised object-cover"
    />
  )
}
