import { useMutation } from '@tanstack/react-query'
import { AudioLines, FolderOpen } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/components/button'
import { FormError } from '@/components/field'
import { FolderPicker } from '@/components/folder-picker'
import { describeError } from '@/lib/api/error'
import type { Library } from '@/lib/api/types'
import { addDemoLibrary, addLibrary } from '@/lib/libraries'

const CHOICE =
  'flex w-full items-center gap-4 rounded-2xl border border-line p-4 text-left transition-colors hover:border-accent/60 hover:bg-raised disabled:opacity-60'

interface MusicStepProps {
  onFolder: (library: Library) => void
  onDemo: (library: Library) => void
}

export function MusicStep({ onFolder, onDemo }: MusicStepProps) {
  const [picking, setPicking] = useState(false)
  const add = useMutation({ mutationFn: (path: string) => addLibrary(path), onSuccess: onFolder })
  const demo = useMutation({ mutationFn: addDemoLibrary, onSuccess: onDemo })
  const error = add.error ?? demo.error
  return (
    <div>
      <h1 className="font-display text-3xl font-bold tracking-tight">Where is your music?</h1>
      <p className="mt-2 text-muted">Tutti reads it in place and never writes to it.</p>
      <div className="mt-6 space-y-3">
        {error !== null && <FormError>{describeError(error)}</FormError>}
        {picking ? (
          <FolderPicker
            busy={add.isPending}
            onPick={(path) => add.mutate(path)}
            onCancel={() => setPicking(false)}
          />
        ) : (
          <>
            <button
              type="button"
              className={CHOICE}
              disabled={demo.isPending}
              onClick={() => setPicking(true)}
            >
              <FolderOpen aria-hidden className="size-8 shrink-0 text-accent-text" strokeWidth={1.5} />
              <span>
                <span className="block font-semibold">Choose a folder</span>
                <span className="text-sm text-muted">
                  On the machine that runs Tutti; with all that is below it.
                </span>
              </span>
            </button>
            <button type="button" className={CHOICE} disabled={demo.isPending} onClick={() => demo.mutate()}>
              <AudioLines aria-hidden className="size-8 shrink-0 text-accent-text" strokeWidth={1.5} />
              <span>
                <span className="block font-semibold">Try the demo library</span>
                <span className="text-sm text-muted">
                  Original music, composed here while you listen to the first of it.
                </span>
              </span>
            </button>
          </>
        )}
        {!picking && (
          <Button variant="ghost" className="w-full" asChild>
            <a href="/">Later</a>
          </Button>
        )}
      </div>
    </div>
  )
}
