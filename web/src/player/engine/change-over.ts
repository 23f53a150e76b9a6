import type { Deck } from './deck'
import type { OpenOptions, Source } from './sources'
import { Timer } from './timer'

/** Before the end of a signed URL. */
const RENEW_EARLY_MS = 45_000

interface ChangeOverParts {
  open: (options: OpenOptions) => Promise<Source>
  /** The deck that is heard, and the other. */
  decks: () => readonly [Deck, Deck]
  swap: () => void
}

/** Opens the place that is heard on the other deck, and changes over when that one can play. */
export class ChangeOver {
  #pending = false
  /** What the other deck is to take over with. */
  #source: Source | null = null
  #turn = 0
  readonly #timer = new Timer()
  readonly #parts: ChangeOverParts

  constructor(parts: ChangeOverParts) {
    this.#parts = parts
  }

  /** Whether the other deck is taken by what plays. */
  get pending(): boolean {
    return this.#pending
  }

  async begin(options: OpenOptions): Promise<void> {
    this.cancel()
    const turn = this.#turn
    this.#pending = true
    const source = await this.#parts.open(options).catch(() => null) // What plays goes on as it is.
    if (turn !== this.#turn) return
    const [active, standby] = this.#parts.decks()
    this.#pending = source !== null
    this.#source = source
    if (source !== null) standby.load(source, active.positionMs, 'start')
  }

  beginIn(delayMs: number, options: OpenOptions): void {
    this.#timer.start(delayMs, () => void this.begin(options))
  }

  /** Begins shortly before the source ends, if that is still of use then. */
  beginBeforeEndOf(source: Source, options: OpenOptions, useful: () => boolean): void {
    this.#timer.start(Math.max(1000, source.expiresAtMs - RENEW_EARLY_MS - Date.now()), () => {
      if (useful()) void this.begin(options)
    })
  }

  /** The other deck can play, though it may be what was on it before. */
  ready(): void {
    const [active, standby] = this.#parts.decks()
    if (this.#source === null || standby.source !== this.#source) return
    this.#source = null
    standby.seek(active.positionMs)
    this.#parts.swap()
  }

  cancel(): void {
    const [, standby] = this.#parts.decks()
    // It stands in the middle of a track, and would be taken for one that is ready to begin.
    if (this.#source !== null && standby.source === this.#source) standby.clear()
    this.#source = null
    this.#turn++
    this.#pending = false
    this.#timer.stop()
  }
}
