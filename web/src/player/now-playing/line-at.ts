import type { LyricsLine } from '@/lib/api/types'

/** Lines are lit a little early: eyes need the time. */
const AHEAD_MS = 250

/** The index of the line that is sung; -1 before the first. Lines are in the order of their times. */
export function lineAt(lines: readonly LyricsLine[], positionMs: number): number {
  let [low, high] = [0, lines.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((lines[middle]?.startMs ?? Infinity) <= positionMs + AHEAD_MS) low = middle + 1
    else high = middle
  }
  return low - 1
}
