const AGAIN_AFTER_MS = 10_000

/** Loads a part of the app that nobody waits for: where the line is down, again and again, and without a word. */
export async function untilItComes<Part>(load: () => Promise<Part>): Promise<Part> {
  for (;;) {
    try {
      return await load()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS))
    }
  }
}
