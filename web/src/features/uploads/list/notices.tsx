import { Clock, Copy, FileQuestion, FileX2 } from 'lucide-react'
import { Button } from '@/components/button'
import { forgetSkipped, useIntake } from '@/features/uploads/files/intake'
import { ids } from '@/features/uploads/engine/queue'
import { uploads, useUploads } from '@/features/uploads/instance'
import { formatCount } from '@/lib/format'
import { Notice } from './notice'

const SHOWN_SKIPPED = 200

/** What asks for its owner's attention: limits, files that are missing, files that were left out. */
export function Notices() {
  return (
    <div aria-live="polite">
      <ClosedNotice />
      <MissingNotice />
      <SkippedNotice />
    </div>
  )
}

function ClosedNotice() {
  const until = useUploads(({ queue }) => queue.closedUntilMs)
  const because = useUploads(({ queue }) => queue.closedBecause)
  if (until === null) return null
  return (
    <Notice icon={Clock} tone="warn">
      {because}{' '}
      <span className="text-muted">The rest goes on by itself {sayWhen(until)}, if this page is open.</span>
    </Notice>
  )
}

function sayWhen(atMs: number): string {
  const at = new Date(atMs)
  const today = at.toDateString() === new Date().toDateString()
  return `${today ? 'at' : 'tomorrow at'} ${at.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })}`
}

function MissingNotice() {
  const count = useUploads(({ queue }) => ids(queue, ({ phase }) => phase === 'missing').length)
  const askable = useUploads(
    ({ queue }) => ids(queue, ({ phase, id }) => phase === 'missing' && uploads.canAskFor(id)).length,
  )
  if (count === 0) return null
  const them = count === 1 ? 'it' : 'them'
  return (
    <Notice
      icon={FileQuestion}
      tone="warn"
      action={
        askable > 0 && (
          <Button size="sm" variant="primary" onClick={() => void uploads.allowFiles()}>
            Go on
          </Button>
        )
      }
    >
      <span className="font-semibold">{formatCount(count, 'upload')} interrupted.</span>{' '}
      {askable > 0
        ? 'The browser asks whether this page may read the files again.'
        : `Choose the same ${count === 1 ? 'file' : 'files'} again, or drop ${them} here: what was sent is not sent twice.`}
    </Notice>
  )
}

function SkippedNotice() {
  const skipped = useIntake((intake) => intake.skipped)
  if (skipped.length === 0) return null
  return (
    <Notice
      icon={FileX2}
      action={
        <Button size="sm" variant="ghost" onClick={forgetSkipped}>
          Dismiss
        </Button>
      }
    >
      <details>
        <summary className="cursor-pointer font-semibold">
          {formatCount(skipped.length, 'file')} left out
        </summary>
        <ul aria-label="Files left out" className="mt-2 max-h-52 overflow-y-auto">
          {skipped.slice(0, SHOWN_SKIPPED).map(({ name, folder, reason }, at) => (
            <li key={`${folder}/${name} ${at}`} className="border-t border-line py-1.5 first:border-0">
              <span className="font-medium wrap-anywhere">{name}</span>{' '}
              <span className="text-muted">{reason}</span>
            </li>
          ))}
        </ul>
      </details>
    </Notice>
  )
}

/** Says that duplicates wait for a decision. */
export function DuplicatesNotice({ count, onReview }: { count: number; onReview: () => void }) {
  if (count === 0) return null
  return (
    <Notice
      icon={Copy}
      tone="warn"
      action={
        <Button size="sm" onClick={onReview}>
          Review
        </Button>
      }
    >
      <span className="font-semibold">
        {count === 1 ? 'One upload is' : `${formatCount(count, 'upload')} are`} here already.
      </span>{' '}
      Keep both, or discard the new.
    </Notice>
  )
}
