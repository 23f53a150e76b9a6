import type { Stream, Track } from '@/lib/api/types'
import type { Quality } from './formats'
import { formsFor, type Browser, type Form } from './forms'
import type { Line } from './line'

/** Where the sound of a track comes from, for a while. */
export interface Source {
  readonly trackId: string
  readonly expiresAtMs: number
  readonly form: Form
  urlAt: (offsetMs: number) => string
  /**
   * For HLS in the script's hands: an address of this track with a signature that holds, a new one if the last was
   * refused. Such a source does not expire.
   */
  signed: ((url: string, refused: boolean) => Promise<string>) | null
}

export interface OpenOptions {
  /** Ask the server again, whatever is remembered. */
  fresh?: boolean
  /** So many of the ways to play it have failed. */
  skip?: number
}

export interface SourcesParts {
  sign: (trackId: string) => Promise<Stream>
  browser: Browser
  quality: () => Quality
  line: Pick<Line, 'near' | 'saveData' | 'bears'>
}

/** Stop using a signed URL this long before its end. */
const EARLY_MS = 60_000
const LOWEST_RUNG = 'aac64'

/** Opens tracks for playing: signed URLs, remembered until they expire, in a form the browser plays. */
export class Sources {
  readonly #signed = new Map<string, Promise<Stream>>()
  readonly #parts: SourcesParts

  constructor(parts: SourcesParts) {
    this.#parts = parts
  }

  async open(track: Track, { fresh = false, skip = 0 }: OpenOptions = {}): Promise<Source> {
    const { browser, quality, line } = this.#parts
    const stream = await this.#stream(track.id, fresh)
    const forms = formsFor(track, quality(), line, browser).filter(
      (form) => form.kind !== 'hls' || stream.hls !== null,
    )
    const form = forms[skip % forms.length]
    if (form === undefined) throw new Error(`There is no way to play ${track.id}.`)
    return this.#sourceOf(track.id, stream, form)
  }

  #sourceOf(trackId: string, stream: Stream, form: Form): Source {
    const expiresAtMs = Date.parse(stream.expiresAt)
    if (form.kind !== 'hls') return { trackId, expiresAtMs, form, urlAt: direct(stream, form), signed: null }
    const master = stream.hls ?? ''
    if (this.#parts.browser.hls === 'native') {
      // An element that reads playlists by itself chooses by itself; but the lowest rung is always there.
      const url =
        form.rungs === 'lowest' ? master.replace('/master.m3u8', `/${LOWEST_RUNG}/index.m3u8`) : master
      return { trackId, expiresAtMs, form, urlAt: () => url, signed: null }
    }
    const signed = async (url: string, refused: boolean) =>
      signedLike((await this.#stream(trackId, refused)).hls, url)
    return { trackId, expiresAtMs: Infinity, form, urlAt: () => master, signed }
  }

  async #stream(trackId: string, fresh: boolean): Promise<Stream> {
    const remembered = this.#signed.get(trackId)
    if (fresh || remembered === undefined) return this.#ask(trackId)
    const stream = await remembered
    return Date.parse(stream.expiresAt) - EARLY_MS > Date.now() ? stream : this.#ask(trackId)
  }

  #ask(trackId: string): Promise<Stream> {
    const asked = this.#parts.sign(trackId)
    this.#signed.set(trackId, asked)
    asked.catch(() => this.#signed.delete(trackId))
    return asked
  }
}

function direct(stream: Stream, form: Exclude<Form, { kind: 'hls' }>): (offsetMs: number) => string {
  if (form.kind === 'original') return () => stream.direct
  const rate = form.bitRateKbps > 0 ? `&bitRateKbps=${form.bitRateKbps}` : ''
  const url = `${stream.direct}&format=${form.format}${rate}`
  return (offsetMs) => (offsetMs > 0 ? `${url}&offsetMs=${Math.round(offsetMs)}` : url)
}

/** The address with the signature of another of the same track; one that carries none is left as it is. */
function signedLike(signedUrl: string | null, url: string): string {
  const signature = new URLSearchParams(signedUrl?.split('?')[1]).get('sig')
  const address = new URL(url, location.href)
  if (signature === null || !address.searchParams.has('sig')) return url
  address.searchParams.set('sig', signature)
  return address.href
}
