import type { Rungs } from './forms'

interface Level {
  audioCodec: string | undefined
}

/** Which of the server's rungs to keep, of a list from the smallest to the largest. Never none of them. */
export function rungsToKeep(levels: readonly Level[], wanted: Rungs): number[] {
  const all = levels.map((_, at) => at)
  const lossless = all.filter((at) => levels[at]?.audioCodec?.toLowerCase().startsWith('flac'))
  const lossy = all.filter((at) => !lossless.includes(at))
  const kept = {
    adaptive: lossy,
    lowest: lossy.slice(0, 1),
    'best-lossy': lossy.slice(-1),
    lossless: lossless.length > 0 ? lossless.slice(0, 1) : lossy.slice(-1),
  }[wanted]
  return kept.length > 0 ? kept : all.slice(0, 1)
}
