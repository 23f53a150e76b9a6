import { ApiError } from '@/lib/api/error'
import type { PlayEvent, Track } from '@/lib/api/types'
import { randomId } from '@/lib/random-id'

const STORED = 'tutti.play-events'
const FLUSH_MS = 8_000
const PROGRESS_EVERY_MS = 30_000
const MAX_BATCH = 200
const MAX_STORED = 1_000
/** A position that moves further than this between two reports was sought, not heard. */
const MAX_STEP_MS = 2_500

interface Play {
  id: string
  trackId: string
  announced: boolean
  pausing: boolean
  positionMs: number
  playedMs: number
  reportedMs: number
}

interface PlayLogParts {
  /** Sends a batch; `last` when the page is closing. A batch may be sent twice: the server counts it once. */
  send: (events: PlayEvent[], last: boolean) => Promise<void>
  storage: Storage
}

/**
 * What was heard, told to the server in batches. Events wait in storage until they are taken, so that a listen
 * on a train without network counts when the network is back.
 */
export class PlayLog {
  #play: Play | null = null
  #pending: PlayEvent[]
  #timer: ReturnType<typeof setTimeout> | undefined
  #sending = false
  readonly #parts: PlayLogParts

  constructor(parts: PlayLogParts) {
    this.#parts = parts
    this.#pending = readStored(parts.storage)
  }

  /** A track is about to play. Nothing is told before it sounds. */
  opened(track: Track, positionMs: number): void {
    this.#play = {
      id: randomId(),
      trackId: track.id,
      announced: false,
      pausing: false,
      positionMs,
      playedMs: 0,
      reportedMs: 0,
    }
  }

  playing(positionMs: number): void {
    const play = this.#play
    if (play === null) return
    if (!play.announced) this.#record(play, 'started', positionMs)
    else if (play.pausing) this.#record(play, 'resumed', positionMs)
    play.announced = true
    play.pausing = false
    play.positionMs = positionMs
  }

  paused(positionMs: number): void {
    const play = this.#play
    if (play?.announced !== true || play.pausing) return
    play.pausing = true
    this.#record(play, 'paused', positionMs)
  }

  seeked(positionMs: number): void {
    const play = this.#play
    if (play === null) return
    play.positionMs = positionMs
    if (play.announced) this.#record(play, 'seeked', positionMs)
  }

  progressed(positionMs: number): void {
    const play = this.#play
    if (play?.announced !== true) return
    const stepMs = positionMs - play.positionMs
    if (stepMs > 0 && stepMs <= MAX_STEP_MS) play.playedMs += stepMs
    play.positionMs = positionMs
    if (play.playedMs - play.reportedMs < PROGRESS_EVERY_MS) return
    play.reportedMs = play.playedMs
    this.#record(play, 'progress', positionMs)
  }

  /** Another track, or none, takes its place. */
  left(positionMs: number): void {
    this.#close('skipped', positionMs)
  }

  completed(positionMs: number): void {
    this.#close('completed', positionMs)
  }

  async flush(last = false): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#sending || this.#pending.length === 0) return
    const batch = this.#pending.slice(0, MAX_BATCH)
    this.#sending = true
    try {
      await this.#parts.send(batch, last)
      this.#forget(batch.length)
    } catch (error) {
      // What the server calls wrong stays wrong; anything else is tried again with the next batch.
      if (error instanceof ApiError && (error.status === 400 || error.status === 422))
        this.#forget(batch.length)
    } finally {
      this.#sending = false
    }
    if (this.#pending.length > 0) this.#flushSoon()
  }

  #close(kind: 'skipped' | 'completed', positionMs: number): void {
    const play = this.#play
    this.#play = null
    if (play?.announced === true) this.#record(play, kind, positionMs)
  }

  #record(play: Play, kind: PlayEvent['kind'], positionMs: number): void {
    this.#pending.push({
      playId: play.id,
      trackId: play.trackId,
      kind,
      positionMs: Math.max(0, Math.round(positionMs)),
      playedMs: Math.round(play.playedMs),
      occurredAt: new Date().toISOString(),
    })
    this.#pending = this.#pending.slice(-MAX_STORED)
    this.#store()
    this.#flushSoon()
  }

  #forget(count: number): void {
    this.#pending = this.#pending.slice(count)
    this.#store()
  }

  #flushSoon(): void {
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS)
  }

  #store(): void {
    this.#parts.storage.setItem(STORED, JSON.stringify(this.#pending))
  }
}

function readStored(storage: Storage): PlayEvent[] {
  try {
    const stored: unknown = JSON.parse(storage.getItem(STORED) ?? '[]')
    return Array.isArray(stored) ? (stored as PlayEvent[]) : []
  } catch {
    return []
  }
}
