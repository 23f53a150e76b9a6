import type { Track } from '@/lib/api/types'

export type Quality = 'original' | 'high' | 'saver'

export interface Rendition {
  format: 'opus' | 'aac' | 'mp3'
  bitRateKbps: number
}

/** The part of an audio element that knows what it can play. */
export type CanPlayType = (type: string) => string

const OPUS = 'audio/ogg; codecs="opus"'
const AAC = 'audio/aac'

/** Containers say too little: a browser that plays MP4 with AAC may not play MP4 with ALAC. */
const TYPES: Readonly<Record<string, string>> = {
  aac: 'audio/mp4; codecs="mp4a.40.2"',
  alac: 'audio/mp4; codecs="alac"',
  flac: 'audio/flac',
  mp3: 'audio/mpeg',
  opus: OPUS,
  vorbis: 'audio/ogg; codecs="vorbis"',
}

/** The rendition to ask for, or null to take the original as it is. */
export function chooseRendition(
  track: Pick<Track, 'codec' | 'mime' | 'bitRateKbps'>,
  quality: Quality,
  canPlayType: CanPlayType,
): Rendition | null {
  const playable = canPlayType(TYPES[track.codec.toLowerCase()] ?? track.mime) !== ''
  const best = bestRendition(quality, canPlayType)
  const smallEnough = quality === 'original' || track.bitRateKbps <= best.bitRateKbps * 1.1
  return playable && smallEnough ? null : best
}

export function bestRendition(quality: Quality, canPlayType: CanPlayType): Rendition {
  const saver = quality === 'saver'
  if (canPlayType(OPUS) !== '') return { format: 'opus', bitRateKbps: saver ? 96 : 192 }
  if (canPlayType(AAC) !== '') return { format: 'aac', bitRateKbps: saver ? 96 : 256 }
  return { format: 'mp3', bitRateKbps: saver ? 128 : 320 }
}
