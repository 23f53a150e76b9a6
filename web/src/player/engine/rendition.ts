import type { Track } from '@/lib/api/types'
import { isLossless } from '@/lib/format'
import type { Form } from './forms'

/** What is heard at present. */
export interface Rendition {
  codec: string
  /** Null where it is not known, or says nothing. */
  bitRateKbps: number | null
  lossless: boolean
  via: 'original' | 'HLS' | 'transcode'
}

const NAMES: Readonly<Record<string, string>> = { opus: 'Opus', vorbis: 'Vorbis', 'mp4a.40.2': 'AAC' }

/** "AAC 128 kbit/s · HLS", "FLAC lossless · original". */
export function describeRendition({ codec, bitRateKbps, lossless, via }: Rendition): string {
  const name = NAMES[codec.toLowerCase()] ?? codec.toUpperCase()
  const rate = lossless ? ' lossless' : bitRateKbps === null ? '' : ` ${bitRateKbps} kbit/s`
  return `${name}${rate} · ${via}`
}

/** What a form is heard as, before anything is known of what comes. */
export function renditionOf(track: Pick<Track, 'codec' | 'bitRateKbps'>, form: Form): Rendition {
  switch (form.kind) {
    case 'original': {
      const bitRateKbps = track.bitRateKbps > 0 ? track.bitRateKbps : null
      return { codec: track.codec, bitRateKbps, lossless: isLossless(track), via: 'original' }
    }
    case 'transcode': {
      const lossless = form.format === 'flac'
      return {
        codec: form.format,
        bitRateKbps: lossless ? null : form.bitRateKbps,
        lossless,
        via: 'transcode',
      }
    }
    case 'hls': {
      const lossless = form.rungs === 'lossless' && track.codec.toLowerCase() === 'flac'
      return { codec: lossless ? 'flac' : 'aac', bitRateKbps: null, lossless, via: 'HLS' }
    }
  }
}

/** The rung that a variant playlist is of: the server names its folder after it, as in `aac128/index.m3u8`. */
export function renditionOfRung(playlistUrl: string): Rendition | null {
  const [, codec, rate] = /\/(aac|flac)(\d*)\/[^/?]+(?:\?|$)/.exec(playlistUrl) ?? []
  if (codec === undefined) return null
  return { codec, bitRateKbps: Number(rate) || null, lossless: codec === 'flac', via: 'HLS' }
}
