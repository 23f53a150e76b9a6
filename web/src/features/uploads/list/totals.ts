import { isUnsent, type Item, type Phase } from '@/features/uploads/engine/item'

/** The whole queue in figures. */
export interface Totals {
  byPhase: Readonly<Record<Phase, number>>
  /** Files whose bytes still travel, and how many have arrived in this round. */
  unsent: number
  sentBytes: number
  allBytes: number
  bytesPerS: number | null
  leftMs: number | null
}

const NONE: Record<Phase, number> = {
  queued: 0,
  sending: 0,
  paused: 0,
  waiting: 0,
  missing: 0,
  held: 0,
  processing: 0,
  ready: 0,
  duplicate: 0,
  failed: 0,
}

/** A file that failed on the way counts for nothing: its bytes will not come. */
export function totalsOf(items: Iterable<Item>, bytesPerS: ReadonlyMap<string, number>): Totals {
  const byPhase = { ...NONE }
  let [unsent, sentBytes, allBytes] = [0, 0, 0]
  for (const item of items) {
    byPhase[item.phase]++
    if (isUnsent(item) && !item.allSent) unsent++
    if (item.phase === 'failed') continue
    sentBytes += item.allSent ? item.sizeBytes : item.sentBytes
    allBytes += item.sizeBytes
  }
  const speeds = [...bytesPerS.values()]
  const speed = speeds.length === 0 ? null : speeds.reduce((sum, one) => sum + one, 0)
  return {
    byPhase,
    unsent,
    sentBytes,
    allBytes,
    bytesPerS: speed,
    leftMs: timeLeft(allBytes - sentBytes, speed),
  }
}

/** Null where it would be a guess. */
export function timeLeft(leftBytes: number, bytesPerS: number | null): number | null {
  if (bytesPerS === null || bytesPerS < 1) return null
  return (leftBytes / bytesPerS) * 1000
}

/** "a few seconds", "40 seconds", "3 minutes", "2 hours": no more exact than it can be. */
export function sayLeft(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 10) return 'a few seconds left'
  if (seconds < 55) return `${Math.ceil(seconds / 5) * 5} seconds left`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return minutes <= 1 ? 'a minute left' : `${minutes} minutes left`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} hours left` : `${Math.round(hours / 24)} days left`
}
