import { useQuery } from '@tanstack/react-query'
import { Skeleton } from '@/components/skeleton'
import { formatBytes, formatNumber } from '@/lib/format'
import { limitsQuery, type UploadLimits } from './api'

/** What is taken, and how much is left of what one may upload. */
export function LimitsLine() {
  const { data: limits, error } = useQuery(limitsQuery)
  if (error !== null) return null // What is refused is told file by file as well.
  if (limits === undefined) return <Skeleton className="h-5 w-72" />
  return (
    <p className="text-sm text-muted">
      <span title={limits.extensions.join(', ')}>{sayKinds(limits.extensions)}</span>, up to{' '}
      {formatBytes(limits.maxBytes)} each{sayQuota(limits)}
    </p>
  )
}

const FAMOUS = ['flac', 'mp3', 'm4a', 'opus', 'ogg', 'wav']

function sayKinds(extensions: readonly string[]): string {
  const named = FAMOUS.filter((kind) => extensions.includes(kind)).map((kind) => kind.toUpperCase())
  return extensions.length > named.length ? `${named.join(', ')} and more` : named.join(', ')
}

function sayQuota({ quotaBytes, storedBytes, filesPerDay, filesBegun }: UploadLimits): string {
  const quota = quotaBytes === null ? [] : [`${formatBytes(storedBytes)} of ${formatBytes(quotaBytes)} used`]
  const few = filesBegun > filesPerDay / 2
  const files = few ? [`${formatNumber(filesPerDay - filesBegun)} more files today`] : []
  const said = [...quota, ...files]
  return said.length === 0 ? '.' : `. ${said.join(', ')}.`
}
