import type { Cause } from './contract'

/** Pauses before the tries after a failure; when they are used up, the track has failed. */
const RETRY_DELAYS_MS = [0, 600, 2000, 5000]
/** Heard this long after a failure, a track gets all its tries back. */
const RECOVERED_AFTER_MS = 5_000
/**
 * So often may one way of playing fail before the next is taken. What cannot be decoded may have been a refusal, which
 * an element tells as the same error; and a network that is gone is gone for all ways.
 */
const PATIENCE: Readonly<Record<Cause, number>> = {
  form: 1,
  undecodable: 2,
  busy: 2,
  silence: 2,
  network: 3,
}

/** So often does a server that says when to come again, or nothing at all, get its wait before that counts as a failure: it restarts. */
const WAITS = 40

export interface NextTry {
  delayMs: number
  /** How many of the ways to play the track to pass over. */
  skip: number
}

/** What to do about the failures of one track. */
export class Recovery {
  #failures = 0
  #failedAtMs = 0
  #failuresOfForm = 0
  #waits = 0
  #skip = 0

  /** How many of the ways to play the track have failed. */
  get skip(): number {
    return this.#skip
  }

  /** Whether it has failed, and has not been heard for long since. */
  get failing(): boolean {
    return this.#failures + this.#waits > 0
  }

  /** Another track, or another wish about this one. */
  reset(): void {
    this.#failures = 0
    this.#failedAtMs = 0
    this.#failuresOfForm = 0
    this.#waits = 0
    this.#skip = 0
  }

  /** Sound came. What has failed for good stays passed over. */
  heard(positionMs: number): void {
    if (positionMs <= this.#failedAtMs + RECOVERED_AFTER_MS) return
    this.#failures = 0
    this.#failuresOfForm = 0
    this.#waits = 0
  }

  /** Null when the track has failed. `waitMs`: so long has the server asked us to wait. */
  failed(positionMs: number, cause: Cause, waitMs = 0): NextTry | null {
    if (waitMs > 0 && this.#waits < WAITS) {
      this.#waits++
      this.#failedAtMs = positionMs
      return { delayMs: waitMs, skip: this.#skip }
    }
    const delayMs = RETRY_DELAYS_MS[this.#failures]
    if (delayMs === undefined) return null
    this.#failures++
    this.#failedAtMs = positionMs
    if (++this.#failuresOfForm >= PATIENCE[cause]) {
      this.#skip++
      this.#failuresOfForm = 0
    }
    return { delayMs: Math.max(delayMs, waitMs), skip: this.#skip }
  }
}
