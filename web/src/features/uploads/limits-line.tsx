import { formatBytes, formatNumber } from '@/lib/format'
import type { UploadLimits } from './api'

/** What is taken, and how much is left of what one may upload. */
export function LimitsLine({ limits }: { limits: UploadLimits }) {
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
