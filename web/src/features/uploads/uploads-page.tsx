import { useQuery } from '@tanstack/react-query'
import { ShieldX } from 'lucide-react'
import { Page } from '@/components/page'
import { Loading, Skeleton } from '@/components/skeleton'
import { EmptyState } from '@/components/states'
import { isComing } from '@/lib/query'
import { limitsQuery } from './api'
import { ChooseButtons } from './files/choose-buttons'
import { setHold, useIntake } from './files/intake'
import { useUploads } from './instance'
import { DropArea } from './drop-area'
import { Notices } from './list/notices'
import { QueueSection } from './list/queue-section'
import { LimitsLine } from './limits-line'
import { useMayUpload } from './may-upload'
import { RecentUploads } from './recent/recent-uploads'

/** Where music comes in: by drag and drop, or by choosing files and folders. */
export function UploadsPage() {
  const may = useMayUpload()
  if (may === null) return <Waiting />
  return may ? <Uploading /> : <MayNot />
}

function Waiting() {
  return (
    <Page title="Upload" narrow>
      <Loading>
        <Skeleton className="h-56 rounded-2xl" />
      </Loading>
    </Page>
  )
}

function Uploading() {
  const limits = useQuery(limitsQuery)
  const empty = useUploads(({ queue }) => queue.items.size === 0)
  if (isComing(limits)) return <Waiting /> // How many lines they take decides where the rest is.
  return (
    <Page title="Upload" narrow tools={!empty && <ChooseButtons size="sm" />}>
      {empty && <DropArea />}
      <div className="mb-5 flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        {limits.data !== undefined && <LimitsLine limits={limits.data} />}
        <HoldSwitch />
      </div>
      <Notices />
      <QueueSection />
      <RecentUploads />
    </Page>
  )
}

function HoldSwitch() {
  const hold = useIntake((intake) => intake.hold)
  return (
    <label className="flex items-center gap-3 text-sm">
      <input
        type="checkbox"
        checked={hold}
        onChange={({ target }) => setHold(target.checked)}
        className="size-4.5 accent-accent"
      />
      Let me look at the tags before publishing
    </label>
  )
}

function MayNot() {
  return (
    <EmptyState page icon={ShieldX} title="You may not upload" className="pt-24">
      An admin can make you an uploader.
    </EmptyState>
  )
}
