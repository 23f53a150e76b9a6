import type { Line } from './line'
import type { Deck } from './deck'
import { Timer } from './timer'

const LIMIT_MS = 15_000

interface StallReactions {
  /** Nothing came for long, and nothing will. */
  onDead: (deck: Deck) => void
  /** The line is too poor for what is played on it. */
  onPoorLine: () => void
}

/** Sound that stops for want of data. */
export class StallWatch {
  #expected = true
  readonly #timer = new Timer()

  constructor(
    private readonly line: Pick<Line, 'stalled'>,
    private readonly reactions: StallReactions,
  ) {}

  /** It goes somewhere else: until it plays there, waiting is not the line's fault. */
  expect(): void {
    this.#expected = true
  }

  playing(): void {
    this.#expected = false
  }

  /** Sound comes, or is not wanted. */
  over(): void {
    this.#timer.stop()
  }

  waiting(deck: Deck): void {
    this.#timer.start(LIMIT_MS, () => {
      if (deck.waiting) this.waiting(deck)
      else this.reactions.onDead(deck)
    })
    const blamed = !this.#expected && deck.source?.form.kind === 'original'
    this.#expected = true
    if (blamed && this.line.stalled()) this.reactions.onPoorLine()
  }
}
