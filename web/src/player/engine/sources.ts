import type { Stream, Track } from '@/lib/api/types'
import { bestRendition, chooseRendition, type CanPlayType, type Quality, type Rendition } from './formats'

/** Where the sound of a track comes from, for a while. */
export interface Source {
  readonly trackId: string
  readonly expiresAtMs: number
  /** Whether it starts at the offset it is asked for, rather than be sought in. */
  readonly transcoded: boolean
  urlAt: (offsetMs: number) => string
}

export interface OpenOptions {
  /** Ask the server again, whatever is remembered. */
  fresh?: boolean
  /** The original failed: take a rendition even if the browser claims to play it. */
  transcode?: boolean
}

/** Stop using a signed URL this long before its end. */
const EARLY_MS = 60_000

/** Opens tracks for playing: signed URLs, remembered until they expire, in a form the browser plays. */
export class Sources {
  readonly #signed = new Map<string, Promise<Stream>>()

  constructor(
    private readonly sign: (trackId: string) => Promise<Stream>,
    private readonly canPlayType: CanPlayType,
    private readonly quality: () => Quality,
  ) {}

  async open(track: Track, { fresh = false, transcode = false }: OpenOptions = {}): Promise<Source> {
    const stream = await this.#stream(track.id, fresh)
    const rendition = transcode
      ? bestRendition('high', this.canPlayType)
      : chooseRendition(track, this.quality(), this.canPlayType)
    return sourceOf(track.id, stream, rendition)
  }

  async #stream(trackId: string, fresh: boolean): Promise<Stream> {
    const remembered = this.#signed.get(trackId)
    if (fresh || remembered === undefined) return this.#ask(trackId)
    const stream = await remembered
    return Date.parse(stream.expiresAt) - EARLY_MS > Date.now() ? stream : this.#ask(trackId)
  }

  #ask(trackId: string): Promise<Stream> {
    const asked = this.sign(trackId)
    this.#signed.set(trackId, asked)
    asked.catch(() => this.#signed.delete(trackId))
    return asked
  }
}

function sourceOf(trackId: string, stream: Stream, rendition: Rendition | null): Source {
  const expiresAtMs = Date.parse(stream.expiresAt)
  if (rendition === null) return { trackId, expiresAtMs, transcoded: false, urlAt: () => stream.direct }
  const form = `${stream.direct}&format=${rendition.format}&bitRateKbps=${rendition.bitRateKbps}`
  return {
    trackId,
    expiresAtMs,
    transcoded: true,
    urlAt: (offsetMs) => (offsetMs > 0 ? `${form}&offsetMs=${Math.round(offsetMs)}` : form),
  }
}
