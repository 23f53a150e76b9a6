import type { Track } from '@/lib/api/types'
import { isLossless } from '@/lib/format'

/** As in the account's preferences. */
export const QUALITIES = ['auto', 'data-saver', 'high', 'lossless'] as const
export type Quality = (typeof QUALITIES)[number]

/** What the server makes of an original while it is heard. */
export interface Transcode {
  format: 'opus' | 'aac' | 'mp3' | 'flac'
  /** 0 for what has none to choose. */
  bitRateKbps: number
}

/** The part of an audio element that knows what it can play. */
export type CanPlayType = (type: string) => string

type Sound = Pick<Track, 'codec' | 'mime'>

const OPUS = 'audio/ogg; codecs="opus"'
const AAC = 'audio/aac'
const FLAC = 'audio/flac'

/** Containers say too little: a browser that plays MP4 with AAC may not play MP4 with ALAC. */
const TYPES: Readonly<Record<string, string>> = {
  aac: 'audio/mp4; codecs="mp4a.40.2"',
  alac: 'audio/mp4; codecs="alac"',
  flac: FLAC,
  mp3: 'audio/mpeg',
  opus: OPUS,
  vorbis: 'audio/ogg; codecs="vorbis"',
}

export function playsOriginal(track: Sound, canPlayType: CanPlayType): boolean {
  return canPlayType(TYPES[track.codec.toLowerCase()] ?? track.mime) !== ''
}

/** The best transcode for a quality that this browser plays. */
export function bestTranscode(track: Sound, quality: Quality, canPlayType: CanPlayType): Transcode {
  const saver = quality === 'data-saver'
  const lossless = quality === 'lossless' && isLossless(track)
  if (lossless && canPlayType(FLAC) !== '') return { format: 'flac', bitRateKbps: 0 }
  if (canPlayType(OPUS) !== '') return { format: 'opus', bitRateKbps: saver ? 96 : 192 }
  if (canPlayType(AAC) !== '') return { format: 'aac', bitRateKbps: saver ? 96 : 256 }
  return { format: 'mp3', bitRateKbps: saver ? 128 : 320 }
}
