import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { CloudUpload } from 'lucide-react'
import { useEffect } from 'react'
import { meQuery } from '@/lib/me'
import { waitingCovers } from './covers/instance'
import { gatherDropped } from './files/gather'
import { takeIn } from './files/intake'
import { useDrop } from './files/use-drop'
import { UploadsAnnouncer } from './announcer'
import { uploads } from './instance'
import { UploadsPill } from './uploads-pill'
import { useServerWords } from './use-server-words'

/** What goes on with uploads on every page: those of before are taken up, files may be dropped, and words are heard. */
export function UploadsInBackground() {
  const { data: me } = useQuery(meQuery)
  const navigate = useNavigate()
  const userId = me?.id
  useEffect(() => {
    if (userId !== undefined) void waitingCovers.start(userId, uploads.start(userId))
  }, [userId])
  useServerWords(userId ?? null)
  const over = useDrop((dropped) => {
    void takeIn(gatherDropped(dropped))
    void navigate({ to: '/uploads' })
  })
  return (
    <>
      {over && <DropVeil />}
      <UploadsPill />
      <UploadsAnnouncer />
    </>
  )
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
