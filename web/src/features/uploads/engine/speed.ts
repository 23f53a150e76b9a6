const WINDOW_MS = 6_000
const MIN_SPAN_MS = 800

/** How fast something grows, over the last few seconds. */
export class Speedometer {
  #samples: { atMs: number; bytes: number }[] = []

  /** Notes how much is sent now; less than before means that it began anew. */
  note(bytes: number, atMs: number): void {
    const last = this.#samples.at(-1)
    if (last !== undefined && bytes < last.bytes) this.#samples = []
    this.#samples.push({ atMs, bytes })
    const firstInside = this.#samples.findIndex((sample) => sample.atMs >= atMs - WINDOW_MS)
    // One from before the window stays, or a slow line would never have two.
    this.#samples.splice(0, Math.max(0, firstInside - 1))
  }

  /** Null while there is too little to tell. */
  bytesPerS(nowMs: number): number | null {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)]
    if (first === undefined || last === undefined || last.atMs - first.atMs < MIN_SPAN_MS) return null
    return ((last.bytes - first.bytes) / Math.max(nowMs - first.atMs, MIN_SPAN_MS)) * 1000
  }
}

/** The speeds of all that is sent now. */
export class Speeds {
  readonly #meters = new Map<string, Speedometer>()
  readonly #tell: (bytesPerS: ReadonlyMap<string, number>) => void
  #known: ReadonlyMap<string, number> = new Map()

  constructor(tell: (bytesPerS: ReadonlyMap<string, number>) => void) {
    this.#tell = tell
  }

  note(id: string, bytes: number, atMs: number): void {
    const meter = this.#meters.get(id) ?? new Speedometer()
    this.#meters.set(id, meter)
    meter.note(bytes, atMs)
    const bytesPerS = meter.bytesPerS(atMs)
    if (bytesPerS !== null) this.#set(new Map(this.#known).set(id, bytesPerS))
  }

  forget(id: string): void {
    this.#meters.delete(id)
    if (!this.#known.has(id)) return
    const rest = new Map(this.#known)
    rest.delete(id)
    this.#set(rest)
  }

  clear(): void {
    this.#meters.clear()
    this.#known = new Map()
  }

  #set(known: ReadonlyMap<string, number>): void {
    this.#known = known
    this.#tell(known)
  }
}
