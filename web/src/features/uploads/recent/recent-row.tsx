import { AudioLines, FileQuestion, TriangleAlert } from 'lucide-react'
import type { Upload } from '@/features/uploads/api'
import { adviceFor, sayWork } from '@/features/uploads/list/stage'
import { ProgressRing } from '@/features/uploads/list/progress-ring'
import { ReadyCover, ReadyWords } from '@/features/uploads/list/ready-track'
import { cn } from '@/lib/cn'
import { formatAgo } from '@/lib/format'
import { RecentMenu } from './recent-menu'

const LOOKS = {
  waiting: { icon: FileQuestion, ink: 'text-warn' },
  uploaded: { icon: AudioLines, ink: 'text-muted' },
  processing: { icon: AudioLines, ink: 'text-muted' },
  failed: { icon: TriangleAlert, ink: 'text-danger' },
} as const

/** One upload of the past: what it became, or why it did not. */
export function RecentRow({ upload }: { upload: Upload }) {
  return (
    <div className="grid h-16 grid-cols-[2.75rem_minmax(0,1fr)_auto] items-center gap-3 rounded-xl px-2 transition-colors hover:bg-raised/60 md:gap-4">
      <RecentFace upload={upload} />
      <div className="flex items-center gap-2">
        <time dateTime={upload.createdAt} className="hidden text-sm text-faint sm:block">
          {formatAgo(upload.createdAt)}
        </time>
        <RecentMenu upload={upload} />
      </div>
    </div>
  )
}

function RecentFace({ upload }: { upload: Upload }) {
  const { state, trackId, filename, progress } = upload
  if (state === 'ready' || state === 'discarded') {
    return (
      <>
        <ReadyCover trackId={trackId} />
        <div className="min-w-0">
          <ReadyWords trackId={trackId} fallback={filename} />
        </div>
      </>
    )
  }
  const { icon: Icon, ink } = LOOKS[state]
  const works = state === 'processing' || state === 'uploaded'
  return (
    <>
      <ProgressRing share={works ? progress : null} label={`Progress of ${filename}`} tone="plain">
        <Icon aria-hidden className={cn('size-4.5', ink)} />
      </ProgressRing>
      <div className="min-w-0">
        <p className="truncate font-medium" title={filename}>
          {filename}
        </p>
        <p
          className={cn('truncate text-sm', state === 'failed' ? 'text-danger' : 'text-muted')}
          title={say(upload)}
        >
          {say(upload)}
        </p>
      </div>
    </>
  )
}

function say({ state, progress, reason, reasonCode }: Upload): string {
  if (state === 'waiting') return 'Not finished. Choose the file again in the browser in which it began.'
  if (state !== 'failed') return sayWork(progress)
  return [reason ?? 'Nothing could be made of it.', adviceFor(reasonCode ?? '') ?? ''].join(' ').trim()
}
