import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Ellipsis, RefreshCw, Square, Trash2, TriangleAlert } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button } from '@/components/button'
import { Card } from '@/components/card'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { IconButton } from '@/components/icon-button'
import { Menu, MenuItem } from '@/components/menu'
import { ProgressBar } from '@/components/progress'
import { describeError } from '@/lib/api/error'
import type { Library, Scan } from '@/lib/api/types'
import { formatAgo, formatCount } from '@/lib/format'
import { startScan } from '@/lib/libraries'
import { describeScan, scanQuery, scanShare } from '@/lib/scans'
import { toast } from '@/lib/toast'
import { cancelScan, librariesQuery, removeLibrary } from './api'
import { BadFilesDialog } from './bad-files-dialog'

/** Ended before its time, by somebody or with the server. */
const STOPPED = new Set<Scan['state']>(['cancelled', 'interrupted'])

const problem = (error: unknown) => toast(describeError(error), 'problem')

export function LibraryCard({ library }: { library: Library }) {
  const queries = useQueryClient()
  const scan = useScan(library)
  const running = scan?.state === 'running'
  const [showsBad, setShowsBad] = useState(false)
  const [removing, setRemoving] = useState(false)
  const start = useMutation({
    mutationFn: () => startScan(library.id),
    onSuccess: (started) => queries.setQueryData(scanQuery(library.id).queryKey, started),
    onError: problem,
  })
  const cancel = useMutation({ mutationFn: () => cancelScan(library.id), onError: problem })
  const remove = useMutation({
    mutationFn: () => removeLibrary(library.id),
    onSuccess: () => queries.invalidateQueries(),
    onError: problem,
  })
  return (
    <Card
      title={library.name}
      note={library.path}
      action={
        <div className="flex shrink-0 items-center gap-1">
          {running ? (
            <Button size="sm" busy={cancel.isPending} onClick={() => cancel.mutate()}>
              <Square aria-hidden className="size-3.5 fill-current" />
              Stop
            </Button>
          ) : (
            <Button size="sm" busy={start.isPending} onClick={() => start.mutate()}>
              <RefreshCw aria-hidden className="size-4" />
              Scan
            </Button>
          )}
          <Menu trigger={<IconButton icon={Ellipsis} label={`More for ${library.name}`} size="sm" />}>
            <MenuItem icon={Trash2} danger onSelect={() => setRemoving(true)}>
              Remove the library
            </MenuItem>
          </Menu>
        </div>
      }
    >
      <p className="flex flex-wrap items-center gap-x-4 gap-y-2 text-sm text-muted">
        <span className="font-semibold text-text">{formatCount(library.trackCount, 'track')}</span>
        {library.missingCount > 0 && <span>{formatCount(library.missingCount, 'missing file')}</span>}
        {library.badFileCount > 0 && (
          <button
            type="button"
            onClick={() => setShowsBad(true)}
            className="flex items-center gap-1.5 rounded-md text-warn hover:underline"
          >
            <TriangleAlert aria-hidden className="size-4" />
            {formatCount(library.badFileCount, 'unreadable file')}
          </button>
        )}
      </p>
      {scan !== null && <ScanStatus scan={scan} />}
      <BadFilesDialog library={library} open={showsBad} onOpenChange={setShowsBad} />
      <ConfirmDialog
        open={removing}
        onOpenChange={setRemoving}
        title={`Remove ${library.name}?`}
        confirm="Remove"
        onConfirm={() => remove.mutate()}
      >
        Its tracks leave Tutti. The files stay where they are, untouched.
      </ConfirmDialog>
    </Card>
  )
}

/** The latest scan, followed while it runs; the catalogue is asked anew when it is done. */
function useScan(library: Library): Scan | null {
  const queries = useQueryClient()
  const { data } = useQuery({
    ...scanQuery(library.id),
    enabled: library.lastScan !== null,
    ...(library.lastScan === null ? {} : { initialData: library.lastScan }),
  })
  const running = data?.state === 'running'
  useEffect(() => {
    if (!running) return undefined
    return () => void queries.invalidateQueries({ queryKey: librariesQuery.queryKey })
  }, [running, queries])
  return data ?? null
}

function ScanStatus({ scan }: { scan: Scan }) {
  if (scan.state === 'running') {
    return (
      <div className="mt-4">
        <ProgressBar label="Scan" share={scanShare(scan)} />
        <p role="status" className="mt-2 text-sm text-muted tabular">
          {describeScan(scan)}
        </p>
      </div>
    )
  }
  const when = formatAgo(scan.finishedAt ?? scan.startedAt)
  const words = {
    done: 'Scanned',
    cancelled: 'Stopped',
    failed: 'Failed',
    interrupted: 'Interrupted',
  } as const
  return (
    <p className="mt-3 text-sm text-faint">
      {words[scan.state]} {when}: {scan.reason ?? `${describeScan(scan)}.`}
      {STOPPED.has(scan.state) && ' The next scan goes on from there.'}
    </p>
  )
}
