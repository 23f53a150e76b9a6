const LONGEST_MS = 2 ** 31 - 1

/** One thing to do later; starting it anew forgets the last. What lies too far ahead for a timer is never done. */
export class Timer {
  #id: ReturnType<typeof setTimeout> | undefined

  start(delayMs: number, react: () => void): void {
    this.stop()
    if (delayMs <= LONGEST_MS) this.#id = setTimeout(react, delayMs)
  }

  stop(): void {
    clearTimeout(this.#id)
  }
}
