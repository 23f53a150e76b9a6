import type { Track } from '@/lib/api/types'
import { isLossless } from '@/lib/format'
import { bestTranscode, playsOriginal, type CanPlayType, type Quality, type Transcode } from './formats'
import type { Line } from './line'

/** Which rungs of the server's ladder are played: any that the line bears, or one. */
export type Rungs = 'adaptive' | 'lowest' | 'best-lossy' | 'lossless'

/** A way to get the sound of a track. */
export type Form =
  | { readonly kind: 'original' }
  | { readonly kind: 'hls'; readonly rungs: Rungs }
  | ({ readonly kind: 'transcode' } & Readonly<Transcode>)

export interface Browser {
  canPlayType: CanPlayType
  /** `script`: hls.js on media source extensions; `native`: the element reads playlists itself; null: neither. */
  hls: 'script' | 'native' | null
}

type Sound = Pick<Track, 'codec' | 'mime' | 'bitRateKbps'>
type KnownLine = Pick<Line, 'near' | 'saveData' | 'bears'>

const RUNGS: Readonly<Record<Quality, Rungs>> = {
  auto: 'adaptive',
  'data-saver': 'lowest',
  high: 'best-lossy',
  lossless: 'lossless',
}
/** An original above this is more than was asked for: that of MP3 at its best for "high", of the lowest rung to save. */
const MOST_KBPS: Readonly<Record<Quality, number>> = {
  auto: Infinity,
  'data-saver': 72,
  high: 330,
  lossless: Infinity,
}
const ORIGINAL: Form = { kind: 'original' }

/** The ways to play a track, the first choice first and what stands in for it after. */
export function formsFor(track: Sound, asked: Quality, line: KnownLine, browser: Browser): readonly Form[] {
  const quality = asked === 'auto' && line.saveData ? 'data-saver' : asked
  const transcode: Form = { kind: 'transcode', ...bestTranscode(track, quality, browser.canPlayType) }
  const hls: Form[] = browser.hls === null ? [] : [{ kind: 'hls', rungs: RUNGS[quality] }]
  if (!playsOriginal(track, browser.canPlayType)) {
    // The ladder is lossless for FLAC alone, which every browser plays as it is.
    return transcode.format === 'flac' ? [transcode, ...hls] : [...hls, transcode]
  }
  return originalFirst(track, quality, line) ? [ORIGINAL, ...hls, transcode] : [...hls, transcode, ORIGINAL]
}

/**
 * Near by, originals; from afar only those that do not gain by the ladder: what is lossy already would be encoded a
 * second time, so it goes as it is where the line bears it.
 */
function originalFirst(track: Sound, quality: Quality, line: KnownLine): boolean {
  if (track.bitRateKbps > MOST_KBPS[quality]) return false
  if (line.near || quality === 'data-saver') return true
  if (quality === 'lossless') return track.codec.toLowerCase() !== 'flac'
  return !isLossless(track) && line.bears(track.bitRateKbps)
}
