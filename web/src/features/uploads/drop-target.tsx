import { useNavigate } from '@tanstack/react-router'
import { CloudUpload } from 'lucide-react'
import { currentUserId } from '@/lib/me'
import { toast } from '@/lib/toast'
import { gatherDropped } from './files/gather'
import { useDrop } from './files/use-drop'

/**
 * Takes files that are dropped anywhere, on every page. Here from the first moment, since the browser would open them
 * in place of the app; what sends them is loaded when they come.
 */
export function DropTarget() {
  const navigate = useNavigate()
  const over = useDrop((dropped) => {
    const [gathering, userId] = [gatherDropped(dropped), currentUserId()]
    gathering.catch(() => undefined) // it is told of when it is taken in
    void navigate({ to: '/uploads' })
    import('./files/intake')
      .then(({ takeIn }) => takeIn(gathering, userId))
      .catch(() => toast('The files could not be taken in. Reload the page, and drop them again.', 'problem'))
  })
  return over && <DropVeil />
}

function DropVeil() {
  return (
    <div className="pointer-events-none fixed inset-0 z-60 grid animate-fade-in place-items-center bg-veil p-6 backdrop-blur-sm">
      <div className="grid size-full max-h-96 max-w-2xl place-items-center rounded-3xl border-2 border-dashed border-accent bg-panel">
        <div className="flex flex-col items-center text-center">
          <CloudUpload aria-hidden className="mb-3 size-12 text-accent-text" strokeWidth={1.5} />
          <p className="font-display text-2xl font-semibold">Drop to upload</p>
          <p className="mt-1 text-muted">Files or whole folders</p>
        </div>
      </div>
    </div>
  )
}
