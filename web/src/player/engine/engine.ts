import type { ReplayGain, Track } from '@/lib/api/types'
import { ChangeOver } from './change-over'
import type { Cause, EngineParts } from './contract'
import { Deck, type DeckEvent } from './deck'
import { waitMsOf } from './failure'
import { loudnessFactor, type Loudness } from './loudness'
import { Recovery } from './recovery'
import type { OpenOptions, Source } from './sources'
import { StallWatch } from './stall-watch'

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
  #volumeOf: (gain: ReplayGain) => number = () => 1
  readonly #recovery = new Recovery()
  readonly #stalls: StallWatch
  readonly #changeOver: ChangeOver
  readonly #parts: EngineParts

  constructor(parts: EngineParts) {
    this.#parts = parts
    const deck = (): Deck =>
      new Deck(parts.createAudio(), parts.openHls, (event, on) => {
        const reactions = on === this.#active ? this.#onActive : this.#onStandby
        reactions[event]?.(on)
      })
    this.#active = deck()
    this.#standby = deck()
    this.#stalls = new StallWatch(parts.line, {
      onDead: (on) => void this.#recover(on.positionMs, 'silence', null),
      onPoorLine: () => void this.#changeOver.begin({ skip: this.#recovery.skip }),
    })
    this.#changeOver = new ChangeOver({
      open: (options) => this.#source(options),
      decks: () => [this.#active, this.#standby],
      swap: () => this.#swap(),
    })
  }

  get track(): Track | null {
    return this.#track
  }

  async load(track: Track, { positionMs = 0, play }: { positionMs?: number; play: boolean }): Promise<void> {
    const prepared = !this.#changeOver.pending && this.#standby.holds(track.id)
    this.#track = track
    this.#wanted = play
    this.#recovery.reset()
    if (prepared && positionMs === 0) {
      this.#nextTurn()
      this.#swap()
      return
    }
    this.#active.clear()
    await this.#open(positionMs)
  }

  /** Fetches the beginning of what comes next, so that it starts without a gap. */
  async preload(track: Track): Promise<void> {
    if (this.#changeOver.pending || this.#standby.source?.trackId === track.id) return
    const turn = this.#turn
    const source = await this.#parts.sources.open(track).catch(() => null) // It is asked again when it plays.
    const free = turn === this.#turn && !this.#changeOver.pending
    if (source !== null && free) this.#standby.load(source, 0, 'start')
  }

  async play(): Promise<void> {
    this.#wanted = true
    if (!this.#active.expired) this.#start()
    else await this.#open(this.#active.positionMs, { fresh: true, skip: this.#recovery.skip })
  }

  pause(): void {
    this.#wanted = false
    this.#stalls.over()
    this.#active.audio.pause()
    this.#parts.listener.onStatus('paused')
  }

  async seek(positionMs: number): Promise<void> {
    this.#stalls.expect()
    this.#parts.listener.onProgress(positionMs, this.#active.bufferedMs)
    const moved = !this.#active.expired && this.#active.seek(positionMs)
    if (!moved) await this.#open(positionMs, { skip: this.#recovery.skip })
  }

  /** Plays on in the form that is wished for now. */
  async reopen(): Promise<void> {
    if (this.#track === null) return
    this.#recovery.reset()
    this.#standby.clear()
    if (this.#wanted && this.#active.ready) await this.#changeOver.begin({})
    else await this.#open(this.#active.positionMs)
  }

  stop(): void {
    this.#nextTurn()
    this.#track = null
    this.#wanted = false
    this.#stalls.over()
    this.#active.clear()
    this.#standby.clear()
    this.#parts.listener.onRendition(null)
    this.#parts.listener.onStatus('idle')
  }

  setVolume(volume: number, muted: boolean, loudness: Loudness): void {
    this.#volumeOf = (gain) => (muted ? 0 : volume * loudnessFactor(gain, loudness))
    this.#applyVolume()
  }

  async #open(positionMs: number, options: OpenOptions = {}): Promise<void> {
    const turn = this.#nextTurn()
    if (this.#track === null) return
    this.#parts.listener.onStatus('loading')
    try {
      const source = await this.#source(options)
      if (turn !== this.#turn) return
      this.#active.load(source, positionMs, 'far')
    } catch (error) {
      if (turn === this.#turn) await this.#recover(positionMs, 'network', error)
      return
    }
    this.#settle()
  }

  /** What follows once a source is on the active deck. */
  #settle(): void {
    this.#stalls.expect()
    this.#applyVolume()
    this.#renewInTime()
    this.#tellRendition()
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
    this.#changeOver.cancel()
    ;[this.#active, this.#standby] = [this.#standby, this.#active]
    this.#active.setAhead('far')
    this.#settle()
    this.#standby.clear()
  }

  async #recover(positionMs: number, cause: Cause, error: unknown): Promise<void> {
    const turn = this.#nextTurn()
    this.#stalls.over()
    const next = this.#recovery.failed(positionMs, cause, waitMsOf(error))
    if (next === null) {
      this.#wanted = false
      this.#parts.listener.onStatus('failed')
      this.#parts.listener.onFailed(error)
      return
    }
    this.#parts.listener.onStatus('stalled')
    await this.#parts.online()
    await new Promise((resolve) => setTimeout(resolve, next.delayMs))
    if (turn !== this.#turn) return
    await this.#open(positionMs, { fresh: true, skip: next.skip })
  }

  /** Signed URLs end. */
  #renewInTime(): void {
    const source = this.#active.source
    if (source === null) return
    const useful = () => this.#wanted && !this.#active.complete(this.#track?.durationMs ?? 0)
    this.#changeOver.beginBeforeEndOf(source, { fresh: true, skip: this.#recovery.skip }, useful)
  }

  #source(options: OpenOptions): Promise<Source> {
    if (this.#track === null) return Promise.reject(new Error('Nothing is to be played.'))
    return this.#parts.sources.open(this.#track, options)
  }

  /** What was asked before is answered in vain. */
  #nextTurn(): number {
    this.#changeOver.cancel()
    return ++this.#turn
  }

  #applyVolume(): void {
    if (this.#track !== null) this.#active.audio.volume = this.#volumeOf(this.#track.replayGain)
  }

  #tellRendition(): void {
    if (this.#track !== null) this.#parts.listener.onRendition(this.#active.heardAs(this.#track))
  }

  readonly #onActive: Partial<Record<DeckEvent, (deck: Deck) => void>> = {
    heard: (deck) => {
      this.#stalls.over()
      this.#recovery.heard(deck.positionMs)
      this.#parts.listener.onProgress(deck.positionMs, deck.bufferedMs)
    },
    progress: (deck) => this.#parts.listener.onProgress(deck.positionMs, deck.bufferedMs),
    playing: () => {
      this.#stalls.playing()
      this.#parts.listener.onStatus('playing')
    },
    waiting: (deck) => {
      if (!this.#wanted) return
      this.#parts.listener.onStatus('stalled')
      this.#stalls.waiting(deck)
    },
    paused: (deck) => {
      // Unplugged headphones and media keys pause the element without asking us.
      if (!deck.resting || !this.#wanted) return
      this.#wanted = false
      this.#parts.listener.onStatus('paused')
    },
    ended: (deck) => {
      const cutOff = deck.cutOff(this.#track?.durationMs ?? 0)
      if (cutOff && !this.#recovery.failing) void this.#recover(deck.positionMs, 'network', null)
      else this.#parts.listener.onEnded()
    },
    broken: (deck) => void this.#recover(deck.positionMs, deck.broken ?? 'network', deck.audio.error),
    ready: (deck) => {
      // Loading ends the playing of what was on an element before.
      if (this.#wanted && deck.audio.paused) this.#start()
    },
    rendition: () => this.#tellRendition(),
  }

  readonly #onStandby: Partial<Record<DeckEvent, (deck: Deck) => void>> = {
    ready: () => this.#changeOver.ready(),
    broken: (deck) => {
      if (!this.#changeOver.pending) return
      const cause = deck.broken ?? 'network'
      this.#changeOver.cancel()
      const next = this.#recovery.failed(this.#active.positionMs, cause)
      // What plays goes on as it is, and the next way to play it is tried.
      if (next !== null) this.#changeOver.beginIn(next.delayMs, { fresh: true, skip: next.skip })
    },
  }
}
