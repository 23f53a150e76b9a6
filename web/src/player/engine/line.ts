/** The part of `navigator` that knows about the network; only some browsers say anything. */
export interface NetworkHints {
  /** The listener asks all sites to save data: https://wicg.github.io/savedata/ */
  saveData?: boolean
  /** Mbit/s, rounded and capped by the browser: https://wicg.github.io/netinfo/ */
  downlink?: number
}

/** So many times its bit rate must a line carry for a file that cannot adapt to it. */
const MARGIN = 3
/** So many pauses for more data, in one visit, and a line is taken for a poor one. */
const MAX_STALLS = 2
/** What is smaller, or came from the browser's own cache, says nothing of the line. */
const LEAST_BYTES = 16_000
const LEAST_MS = 50
/** Of what is new in what is known. */
const WEIGHT = 0.3

/** What lies between this page and the server: what its address tells, and what was seen of it since. */
export class Line {
  #kbps: number | null = null
  #stalls = 0

  constructor(
    private readonly hostname: string,
    private readonly hints: () => NetworkHints,
  ) {}

  /** Whether the server is in the same house, as far as its address tells and nothing has spoken against it. */
  get near(): boolean {
    return this.#stalls < MAX_STALLS && isPrivate(this.hostname)
  }

  get saveData(): boolean {
    return this.hints().saveData === true
  }

  /** What it carries, measured or as the browser guesses; null when nobody knows. */
  get kbps(): number | null {
    const { downlink } = this.hints()
    return this.#kbps ?? (downlink === undefined || downlink <= 0 ? null : downlink * 1000)
  }

  /** Whether a file of this bit rate plays through. Only what was measured counts: a guess stops the music. */
  bears(bitRateKbps: number): boolean {
    return this.#stalls < MAX_STALLS && this.#kbps !== null && this.#kbps >= bitRateKbps * MARGIN
  }

  /** So much came in so long a time. */
  measured(bytes: number, ms: number): void {
    if (bytes < LEAST_BYTES) return
    const kbps = (bytes * 8) / Math.max(ms, LEAST_MS)
    this.#kbps = this.#kbps === null ? kbps : this.#kbps * (1 - WEIGHT) + kbps * WEIGHT
  }

  /** A file that cannot adapt has stopped for want of data; true when that makes the line a poor one. */
  stalled(): boolean {
    return ++this.#stalls === MAX_STALLS
  }
}

const PRIVATE_NAMES = /^(localhost|[^.:]+|.+\.(localhost|local|lan|internal|home\.arpa))$/
/**
 * RFC 1918, loopback and link-local. 100.64.0.0/10 is left out: what has such an address is behind a mesh VPN,
 * and more often away than at home.
 */
const PRIVATE_V4 = /^(127|10|192\.168|169\.254|172\.(1[6-9]|2\d|3[01]))\./
/** Loopback, unique local (RFC 4193) and link-local; a location has them in brackets. */
const PRIVATE_V6 = /^\[(::1\]|f[cd][\da-f]{2}:|fe[89ab][\da-f]:)/

export function isPrivate(hostname: string): boolean {
  const host = hostname.toLowerCase()
  if (/^[\d.]+$/.test(host)) return PRIVATE_V4.test(host)
  return host.startsWith('[') ? PRIVATE_V6.test(host) : PRIVATE_NAMES.test(host)
}
