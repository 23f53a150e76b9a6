import type { Track } from '@/lib/api/types'
import type { EngineListener, Status } from './engine/contract'
import type { AudioEngine } from './engine/engine'
import type { Quality } from './engine/formats'
import type { Loudness } from './engine/loudness'
import type { PlayLog } from './play-log'
import * as q from './queue/queue'
import { isSounding, nowPlaying, type PlayerState, type PlayerStore } from './store'

type Calls = 'load' | 'pause' | 'play' | 'preload' | 'reopen' | 'seek' | 'setVolume' | 'stop' | 'track'
type Engine = Pick<AudioEngine, Calls>

export interface PlayerParts {
  store: PlayerStore
  createEngine: (listener: EngineListener) => Engine
  log: Pick<PlayLog, 'opened' | 'playing' | 'paused' | 'seeked' | 'progressed' | 'left' | 'completed'>
  describe: (error: unknown) => string
  random?: q.Random
}

/** "Previous" starts the track over once this much of it has played. */
const START_OVER_MS = 3_000
const PRELOAD_MS = 25_000
/** So many tracks in a row that will not play mean that nothing will. */
const MAX_FAILURES_IN_A_ROW = 3

/** What a listener can do: the queue's rules, the engine and the log of what was heard, brought together. */
export class Player {
  readonly store: PlayerStore
  readonly #engine: Engine
  readonly #parts: PlayerParts
  readonly #random: q.Random
  #failuresInARow = 0

  constructor(parts: PlayerParts) {
    this.#parts = parts
    this.store = parts.store
    this.#random = parts.random ?? Math.random
    this.#engine = parts.createEngine({
      onStatus: (status) => this.#onStatus(status),
      onProgress: (positionMs, bufferedMs) => this.#onProgress(positionMs, bufferedMs),
      onRendition: (rendition) => this.#set({ rendition }),
      onEnded: () => this.#onEnded(),
      onFailed: (error) => this.#onFailed(error),
    })
    this.#applyVolume()
  }

  /** Replaces the queue and plays from `start`; without one, shuffling picks the first as well. */
  playTracks(tracks: readonly Track[], options: { start?: number; shuffle?: boolean } = {}): void {
    const shuffle = options.shuffle ?? this.#state.shuffle
    const anyFirst = shuffle && options.start === undefined
    const start = anyFirst ? Math.floor(this.#random() * tracks.length) : (options.start ?? 0)
    this.#leave()
    this.#set({ queue: q.queueOf(tracks, start, shuffle ? this.#random : null), shuffle })
    const present = nowPlaying(this.#state)?.present
    if (present === false) this.next()
    else this.#begin()
  }

  toggle(): void {
    if (isSounding(this.#state)) this.pause()
    else this.play()
  }

  play(): void {
    const track = nowPlaying(this.#state)
    if (track === null) return
    // After a reload of the page the queue is back, but nothing is on the engine.
    if (this.#engine.track === null || this.#state.status === 'failed') this.#begin(this.#state.positionMs)
    else void this.#engine.play()
  }

  pause(): void {
    this.#engine.pause()
  }

  next(): void {
    const index = q.nextIndex(this.#state.queue, this.#state.repeat)
    if (index === null) this.#finish()
    else this.#goTo(index)
  }

  previous(): void {
    const index = q.previousIndex(this.#state.queue, this.#state.repeat)
    if (this.#state.positionMs > START_OVER_MS || index === null) this.seek(0)
    else this.#goTo(index)
  }

  jumpTo(itemId: string): void {
    const { index } = q.jumped(this.#state.queue, itemId)
    this.#goTo(index)
  }

  seek(positionMs: number): void {
    const durationMs = nowPlaying(this.#state)?.durationMs ?? 0
    const target = Math.min(Math.max(0, positionMs), durationMs)
    this.#parts.log.seeked(target)
    this.#set({ positionMs: target })
    if (this.#engine.track !== null) void this.#engine.seek(target)
  }

  seekBy(deltaMs: number): void {
    this.seek(this.#state.positionMs + deltaMs)
  }

  playNext(tracks: readonly Track[]): void {
    this.#enqueue(q.addedNext(this.#state.queue, tracks))
  }

  addToQueue(tracks: readonly Track[]): void {
    this.#enqueue(q.addedLast(this.#state.queue, tracks))
  }

  remove(itemId: string): void {
    const before = q.currentItem(this.#state.queue)
    const queue = q.removed(this.#state.queue, itemId)
    if (before?.id !== itemId) {
      this.#set({ queue })
      return
    }
    const goOn = isSounding(this.#state)
    this.#leave()
    this.#set({ queue, positionMs: 0 })
    if (queue.index === -1) this.clear()
    else this.#begin(0, goOn)
  }

  move(itemId: string, to: number): void {
    this.#set({ queue: q.moved(this.#state.queue, itemId, to) })
  }

  clearUpcoming(): void {
    this.#set({ queue: q.withoutUpcoming(this.#state.queue) })
  }

  clear(): void {
    this.#leave()
    this.#engine.stop()
    this.#set({ queue: q.EMPTY_QUEUE, positionMs: 0, bufferedMs: 0, problem: null })
  }

  setVolume(volume: number): void {
    this.#set({ volume: Math.min(1, Math.max(0, volume)), muted: false })
    this.#applyVolume()
  }

  toggleMute(): void {
    this.#set({ muted: !this.#state.muted })
    this.#applyVolume()
  }

  setLoudness(loudness: Loudness): void {
    this.#set({ loudness })
    this.#applyVolume()
  }

  setQuality(quality: Quality): void {
    if (quality === this.#state.quality) return
    this.#set({ quality })
    void this.#engine.reopen()
  }

  cycleRepeat(): void {
    const after = { off: 'all', all: 'one', one: 'off' } as const
    this.#set({ repeat: after[this.#state.repeat] })
  }

  toggleShuffle(): void {
    const { queue, shuffle } = this.#state
    this.#set({ shuffle: !shuffle, queue: shuffle ? q.unshuffled(queue) : q.shuffled(queue, this.#random) })
  }

  get #state(): PlayerState {
    return this.store.getState()
  }

  #set(change: Partial<PlayerState>): void {
    this.store.setState(change)
  }

  #enqueue(queue: q.Queue): void {
    const wasEmpty = this.#state.queue.index === -1
    this.#set({ queue })
    if (wasEmpty) this.#begin()
  }

  #goTo(index: number): void {
    this.#leave()
    this.#set({ queue: { ...this.#state.queue, index } })
    this.#begin()
  }

  /** Loads what the queue points at. */
  #begin(positionMs = 0, play = true): void {
    const track = nowPlaying(this.#state)
    if (track === null) return
    this.#set({ positionMs, bufferedMs: 0, problem: null })
    this.#parts.log.opened(track, positionMs)
    this.#applyVolume()
    void this.#engine.load(track, { positionMs, play })
  }

  #leave(): void {
    if (nowPlaying(this.#state) !== null) this.#parts.log.left(this.#state.positionMs)
  }

  /** The end of the queue: stands ready to play the last track again. */
  #finish(): void {
    this.#leave()
    this.#engine.stop()
    this.#set({ positionMs: 0, bufferedMs: 0, status: 'paused' })
  }

  #applyVolume(): void {
    const { volume, muted, loudness } = this.#state
    this.#engine.setVolume(volume, muted, loudness)
  }

  #onStatus(status: Status): void {
    this.#set({ status })
    if (status === 'playing') this.#failuresInARow = 0
    if (status === 'playing') this.#parts.log.playing(this.#state.positionMs)
    if (status === 'paused') this.#parts.log.paused(this.#state.positionMs)
  }

  #onProgress(positionMs: number, bufferedMs: number): void {
    this.#set({ positionMs, bufferedMs })
    if (this.#state.status === 'playing') this.#parts.log.progressed(positionMs)
    const { queue, repeat } = this.#state
    const remainingMs = (nowPlaying(this.#state)?.durationMs ?? 0) - positionMs
    const index = remainingMs < PRELOAD_MS && repeat !== 'one' ? q.nextIndex(queue, repeat) : null
    const upcoming = index === null ? undefined : queue.items[index]
    if (upcoming !== undefined) void this.#engine.preload(upcoming.track)
  }

  #onEnded(): void {
    this.#parts.log.completed(this.#state.positionMs)
    if (this.#state.repeat === 'one') this.#begin()
    else this.next()
  }

  #onFailed(error: unknown): void {
    const title = nowPlaying(this.#state)?.title ?? ''
    this.#set({ problem: `“${title}” would not play. ${this.#parts.describe(error)}` })
    this.#failuresInARow++
    const hasNext = q.nextIndex(this.#state.queue, this.#state.repeat) !== null
    if (hasNext && this.#failuresInARow < MAX_FAILURES_IN_A_ROW) this.next()
  }
}
