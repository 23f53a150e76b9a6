import type { Track } from '@/lib/api/types'
import type { EngineParts } from './contract'
import { Deck } from './deck'
import { loudnessFactor, type Loudness } from './loudness'
import type { OpenOptions } from './sources'

/** Pauses before the tries after a failure; when they are used up, the track has failed. */
const RETRY_DELAYS_MS = [0, 600, 2000, 5000]
const STALL_LIMIT_MS = 15_000
/** Heard this long after a failure, a track gets all its tries back. */
const RECOVERED_AFTER_MS = 5_000
/** A transcode has no length: one that ends earlier than this before the track's end was cut off. */
const CUT_OFF_MS = 4_000
const RENEW_EARLY_MS = 45_000
const LONGEST_TIMER_MS = 2 ** 31 - 1
const CANNOT_DECODE = new Set([3, 4]) // MEDIA_ERR_DECODE, MEDIA_ERR_SRC_NOT_SUPPORTED

/**
 * Plays one track and has the next one ready, on two audio elements. Signed URLs end and networks fail: it opens
 * the track anew and goes on where it was, so that whoever listens notices a blip at the most.
 */
export class AudioEngine {
  #active: Deck
  #standby: Deck
  #track: Track | null = null
  #wanted = false
  /** Grows with everything that makes earlier, still unanswered questions pointless. */
  #turn = 0
  #failures = 0
  #failedAtMs = 0
  #volume = 1
  #loudness: Loudness = 'off'
  #stall: ReturnType<typeof setTimeout> | undefined
  #renewal: ReturnType<typeof setTimeout> | undefined
  readonly #parts: EngineParts

  constructor(parts: EngineParts) {
    this.#parts = parts
    this.#active = this.#deck()
    this.#standby = this.#deck()
  }

  get track(): Track | null {
    return this.#track
  }

  get positionMs(): number {
    return this.#active.positionMs
  }

  async load(track: Track, { positionMs = 0, play }: { positionMs?: number; play: boolean }): Promise<void> {
    this.#track = track
    this.#wanted = play
    this.#failures = 0
    this.#failedAtMs = 0
    const prepared = this.#standby.source?.trackId === track.id && !this.#standby.expired
    if (prepared && positionMs === 0) {
      this.#turn++
      this.#swap()
      return
    }
    this.#active.clear()
    await this.#open(positionMs)
  }

  /** Fetches the beginning of what comes next, so that it starts without a gap. */
  async preload(track: Track): Promise<void> {
    if (this.#standby.source?.trackId === track.id) return
    const turn = this.#turn
    const source = await this.#parts.sources.open(track).catch(() => null) // It is asked again when it plays.
    if (source !== null && turn === this.#turn) this.#standby.load(source, 0)
  }

  async play(): Promise<void> {
    this.#wanted = true
    if (this.#active.expired) await this.#open(this.#active.positionMs, { fresh: true })
    else this.#start()
  }

  pause(): void {
    this.#wanted = false
    clearTimeout(this.#stall)
    this.#active.audio.pause()
    this.#parts.listener.onStatus('paused')
  }

  async seek(positionMs: number): Promise<void> {
    this.#parts.listener.onProgress(positionMs, this.#active.bufferedMs)
    const moved = !this.#active.expired && this.#active.seek(positionMs)
    if (!moved) await this.#open(positionMs)
  }

  stop(): void {
    this.#turn++
    this.#track = null
    this.#wanted = false
    clearTimeout(this.#stall)
    clearTimeout(this.#renewal)
    this.#active.clear()
    this.#standby.clear()
    this.#parts.listener.onStatus('idle')
  }

  setVolume(volume: number, muted: boolean, loudness: Loudness): void {
    this.#volume = muted ? 0 : volume
    this.#loudness = loudness
    this.#applyVolume()
  }

  async #open(positionMs: number, options: OpenOptions = {}): Promise<void> {
    const track = this.#track
    const turn = ++this.#turn
    if (track === null) return
    this.#parts.listener.onStatus('loading')
    try {
      const source = await this.#parts.sources.open(track, options)
      if (turn !== this.#turn) return
      this.#active.load(source, positionMs)
    } catch (error) {
      if (turn === this.#turn) await this.#recover(positionMs, error)
      return
    }
    this.#settle()
  }

  /** What follows once a source is on the active deck. */
  #settle(): void {
    this.#applyVolume()
    this.#scheduleRenewal()
    if (this.#wanted) this.#start()
    else this.#parts.listener.onStatus('paused')
  }

  #start(): void {
    this.#active.audio.play().catch((error: unknown) => {
      // The browser wants a click first. Other failures arrive as an error event, a new load as AbortError.
      if (error instanceof DOMException && error.name === 'NotAllowedError') this.pause()
    })
  }

  #swap(): void {
    ;[this.#active, this.#standby] = [this.#standby, this.#active]
    this.#settle()
    this.#standby.clear()
  }

  async #recover(positionMs: number, error: unknown): Promise<void> {
    const turn = ++this.#turn
    const delay = RETRY_DELAYS_MS[this.#failures]
    if (delay === undefined) {
      this.#wanted = false
      this.#parts.listener.onStatus('failed')
      this.#parts.listener.onFailed(error)
      return
    }
    this.#failures++
    this.#failedAtMs = positionMs
    this.#parts.listener.onStatus('stalled')
    await this.#parts.online()
    await new Promise((resolve) => setTimeout(resolve, delay))
    if (turn !== this.#turn) return
    // The first try trusts the form and blames the URL; after that, undecodable sound is asked for transcoded.
    const transcode = this.#failures > 1 && CANNOT_DECODE.has(this.#active.audio.error?.code ?? 0)
    await this.#open(positionMs, { fresh: true, transcode })
  }

  #scheduleRenewal(): void {
    clearTimeout(this.#renewal)
    const source = this.#active.source
    if (source === null) return
    const wait = Math.max(1000, source.expiresAtMs - RENEW_EARLY_MS - Date.now())
    if (wait < LONGEST_TIMER_MS) this.#renewal = setTimeout(() => void this.#renew(), wait)
  }

  /** Before the signed URL ends: opens the same place on the other deck and changes over when it is ready. */
  async #renew(): Promise<void> {
    const track = this.#track
    const complete = this.#active.bufferedMs >= (track?.durationMs ?? 0) - 500
    if (track === null || !this.#wanted || complete) return
    const turn = this.#turn
    const source = await this.#parts.sources.open(track, { fresh: true }).catch(() => null)
    if (source === null || turn !== this.#turn) return
    const next = this.#standby
    next.audio.addEventListener(
      'canplay',
      () => {
        if (turn !== this.#turn || next !== this.#standby || next.source !== source) return
        next.seek(this.#active.positionMs)
        this.#swap()
      },
      { once: true },
    )
    next.load(source, this.#active.positionMs)
  }

  #applyVolume(): void {
    const gain = this.#track?.replayGain
    const factor = gain === undefined ? 1 : loudnessFactor(gain, this.#loudness)
    this.#active.audio.volume = this.#volume * factor
  }

  #deck(): Deck {
    const audio = this.#parts.createAudio()
    const deck = new Deck(audio)
    const on = (event: string, react: () => void) =>
      audio.addEventListener(event, () => {
        if (deck === this.#active && deck.source !== null) react()
      })
    const progress = () => this.#parts.listener.onProgress(deck.positionMs, deck.bufferedMs)
    on('timeupdate', () => {
      clearTimeout(this.#stall)
      if (deck.positionMs > this.#failedAtMs + RECOVERED_AFTER_MS) this.#failures = 0
      progress()
    })
    on('progress', progress)
    on('playing', () => this.#parts.listener.onStatus('playing'))
    on('waiting', () => this.#onWaiting(deck))
    on('pause', () => this.#onPause(deck))
    on('ended', () => this.#onEnded(deck))
    on('error', () => void this.#recover(deck.positionMs, audio.error))
    return deck
  }

  #onWaiting(deck: Deck): void {
    if (!this.#wanted) return
    this.#parts.listener.onStatus('stalled')
    clearTimeout(this.#stall)
    this.#stall = setTimeout(() => void this.#recover(deck.positionMs, null), STALL_LIMIT_MS)
  }

  /** Unplugged headphones and media keys pause the element without asking us. */
  #onPause(deck: Deck): void {
    // The event comes late: by then, the next track may play on this element.
    if (deck.audio.ended || !deck.audio.paused || !this.#wanted) return
    this.#wanted = false
    this.#parts.listener.onStatus('paused')
  }

  #onEnded(deck: Deck): void {
    const missingMs = (this.#track?.durationMs ?? 0) - deck.positionMs
    const cutOff = deck.source?.transcoded === true && missingMs > CUT_OFF_MS
    if (cutOff && this.#failures === 0) void this.#recover(deck.positionMs, null)
    else this.#parts.listener.onEnded()
  }
}
