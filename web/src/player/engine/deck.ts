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

const HAVE_METADATA = 1
const HAVE_FUTURE_DATA = 3

/** One audio element and what is on it. Times are of the track, also where the stream starts inside it. */
export class Deck {
  source: Source | null = null
  #offsetMs = 0
  /** Where to go once the element knows its length: it forgets a time that is set before. */
  #startMs: number | null = null

  constructor(readonly audio: AudioElement) {
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

  /** To which time of the track the sound is here already. */
  get bufferedMs(): number {
    const { buffered, currentTime } = this.audio
    for (let i = 0; i < buffered.length; i++) {
      const inside = buffered.start(i) <= currentTime + 0.25 && currentTime <= buffered.end(i)
      if (inside) return this.#offsetMs + buffered.end(i) * 1000
    }
    return this.positionMs
  }

  load(source: Source, atMs: number): void {
    this.source = source
    this.#offsetMs = source.transcoded ? atMs : 0
    this.#startMs = !source.transcoded && atMs > 0 ? atMs : null
    this.audio.src = source.urlAt(atMs)
    this.audio.load()
  }

  /** Moves within what is on the deck; false when the stream has to be opened anew at that time. */
  seek(toMs: number): boolean {
    const seconds = (toMs - this.#offsetMs) / 1000
    if (this.audio.readyState < HAVE_METADATA) {
      if (this.source?.transcoded !== false) return false
      this.#startMs = toMs
      return true
    }
    if (this.source?.transcoded === true && !covers(this.audio.seekable, seconds)) return false
    this.audio.currentTime = seconds
    return true
  }

  clear(): void {
    this.source = null
    this.#startMs = null
    this.#offsetMs = 0
    this.audio.pause()
    this.audio.removeAttribute('src')
    this.audio.load() // Without this, browsers go on downloading what was there.
  }
}

function covers(ranges: TimeRanges, seconds: number): boolean {
  for (let i = 0; i < ranges.length; i++) {
    if (ranges.start(i) <= seconds && seconds <= ranges.end(i)) return true
  }
  return false
}
