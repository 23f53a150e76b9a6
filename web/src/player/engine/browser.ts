import type { Browser } from './forms'
import type { NetworkHints } from './line'

const SEGMENTS = 'audio/mp4; codecs="mp4a.40.2"'
const PLAYLIST = 'application/vnd.apple.mpegurl'

/** What this browser plays. */
export function browserOf(probe: Pick<HTMLAudioElement, 'canPlayType'>): Browser {
  const canPlayType = (type: string) => probe.canPlayType(type)
  const native = canPlayType(PLAYLIST) !== ''
  return { canPlayType, hls: takesSegments() ? 'script' : native ? 'native' : null }
}

/** Asked as hls.js would, without loading it: newer iPhones have only the managed kind. */
function takesSegments(): boolean {
  const kinds = globalThis as { ManagedMediaSource?: typeof MediaSource; MediaSource?: typeof MediaSource }
  const kind = kinds.MediaSource ?? kinds.ManagedMediaSource
  return kind?.isTypeSupported(SEGMENTS) ?? false
}

export function networkHints(): NetworkHints {
  return (navigator as { connection?: NetworkHints }).connection ?? {}
}
