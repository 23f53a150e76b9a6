import type { Track } from '@/lib/api/types'
import type { Ahead, Cause, HlsOptions, HlsStream } from './contract'
import { causeOf } from './failure'
import { renditionOf, type Rendition } from './rendition'
import type { Source } from './sources'

/** The part of an audio element that a deck uses, so that a test can stand in for it. */
export type AudioElement = Pick<
  HTMLAudioElement,
  | 'addEventListener'
  | 'buffered'
  | 'currentTime'
  | 'ended'
  | 'error'
  | 'load'
  | 'muted'
  | 'pause'
  | 'paused'
  | 'play'
  | 'readyState'
  | 'removeAttribute'
  | 'seekable'
  | 'src'
  | 'volume'
>

/** What may happen to a deck with something on it. `heard`: a little more was played; `ready`: it can play. */
export type DeckEvent =
  'broken' | 'ended' | 'heard' | 'paused' | 'playing' | 'progress' | 'ready' | 'rendition' | 'waiting'

const EVENTS: Readonly<Record<string, DeckEvent>> = {
  canplay: 'ready',
  ended: 'ended',
  pause: 'paused',
  playing: 'playing',
  progress: 'progress',
  timeupdate: 'heard',
  waiting: 'waiting',
}

/** A transcode has no length: one that ends earlier than this before the track's end was cut off. */
const CUT_OFF_MS = 4_000
/** What the lengths of a track, as told and as it is, may differ. */
const END_MS = 500
const HAVE_METADATA = 1
const HAVE_FUTURE_DATA = 3

/** One audio element and what is on it. Times are of the track, also where the stream starts inside it. */
export class Deck {
  source: Source | null = null
  /** Why what is on it will not play. */
  broken: Cause | null = null
  #offsetMs = 0
  /** Where to go once the element knows its length: it forgets a time that is set before. */
  #startMs: number | null = null
  #hls: HlsStream | null = null

  constructor(
    readonly audio: AudioElement,
    private readonly openHls: (options: HlsOptions) => HlsStream,
    private readonly tell: (event: DeckEvent, deck: Deck) => void,
  ) {
    for (const [name, event] of Object.entries(EVENTS))
      audio.addEventListener(name, () => this.#happened(event))
    audio.addEventListener('error', () => this.#break(causeOf(audio.error)))
    audio.addEventListener('loadedmetadata', () => {
      if (this.#startMs !== null) audio.currentTime = this.#startMs / 1000
      this.#startMs = null
    })
  }

  get positionMs(): number {
    return this.#startMs ?? this.#offsetMs + this.audio.currentTime * 1000
  }

  get ready(): boolean {
    return this.audio.readyState >= HAVE_FUTURE_DATA
  }

  get expired(): boolean {
    return this.source !== null && this.source.expiresAtMs <= Date.now()
  }

  /** Whether a track can play from here at once. */
  holds(trackId: string): boolean {
    return this.source?.trackId === trackId && this.broken === null && !this.expired
  }

  get transcoded(): boolean {
    return this.source?.form.kind === 'transcode'
  }

  /** What is heard of the track that is on it. */
  heardAs(track: Track): Rendition | null {
    if (this.source === null) return null
    return this.#hls?.rendition ?? renditionOf(track, this.source.form)
  }

  /** Whether more comes by itself in the end, so that there is no use in opening it anew. */
  get waiting(): boolean {
    return this.#hls?.waiting ?? false
  }

  /** To which time of the track the sound is here already. */
  get bufferedMs(): number {
    const { buffered, currentTime } = this.audio
    for (let i = 0; i < buffered.length; i++) {
      const inside = buffered.start(i) <= currentTime + 0.25 && currentTime <= buffered.end(i)
      if (inside) return this.#offsetMs + buffered.end(i) * 1000
    }
    return this.positionMs
  }

  /** Whether all of the rest is here. */
  complete(durationMs: number): boolean {
    return this.bufferedMs >= durationMs - END_MS
  }

  /** Whether it has ended before the track does. */
  cutOff(durationMs: number): boolean {
    return this.transcoded && durationMs - this.positionMs > CUT_OFF_MS
  }

  /** Paused in the middle. An element tells of a pause late: by then, the next track may play on it. */
  get resting(): boolean {
    return this.audio.paused && !this.audio.ended
  }

  load(source: Source, atMs: number, ahead: Ahead): void {
    this.#unload()
    this.source = source
    this.broken = null
    this.#offsetMs = this.transcoded ? atMs : 0
    this.#startMs = !this.transcoded && atMs > 0 ? atMs : null
    if (source.signed !== null) {
      this.#empty() // What is still on the element, or its error, would keep it from playing what is put in later.
      this.#hls = this.openHls({
        audio: this.audio,
        source,
        startMs: atMs,
        ahead,
        onRendition: () => this.#happened('rendition'),
        onBroken: (cause) => this.#break(cause),
      })
      return
    }
    this.audio.src = source.urlAt(atMs)
    this.audio.load()
  }

  setAhead(ahead: Ahead): void {
    this.#hls?.setAhead(ahead)
  }

  /** Moves within what is on the deck; false when the stream has to be opened anew at that time. */
  seek(toMs: number): boolean {
    const seconds = (toMs - this.#offsetMs) / 1000
    if (this.audio.readyState < HAVE_METADATA) {
      if (this.source === null || this.transcoded) return false
      this.#startMs = toMs
      return true
    }
    if (this.transcoded && !covers(this.audio.seekable, seconds)) return false
    this.audio.currentTime = seconds
    return true
  }

  clear(): void {
    this.source = null
    this.broken = null
    this.#startMs = null
    this.#offsetMs = 0
    this.audio.pause()
    this.#unload()
    this.#empty()
  }

  #empty(): void {
    this.audio.removeAttribute('src')
    this.audio.load() // Without this, browsers go on downloading what was there.
  }

  #happened(event: DeckEvent): void {
    if (this.source !== null) this.tell(event, this)
  }

  #break(cause: Cause): void {
    if (this.broken !== null) return
    this.broken = cause
    this.#happened('broken')
  }

  #unload(): void {
    this.#hls?.destroy()
    this.#hls = null
  }
}

function covers(ranges: TimeRanges, seconds: number): boolean {
  for (let i = 0; i < ranges.length; i++) {
    if (ranges.start(i) <= seconds && seconds <= ranges.end(i)) return true
  }
  return false
}
