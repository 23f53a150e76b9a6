import type { LoadPolicy, RetryConfig } from 'hls.js'
import type { Cause } from './contract'
import type { Source } from './sources'

const TRIES = 8
/** A refusal is answered by a new signature; when that is refused too, more of them do not help. */
const TRIES_OF_REFUSED = 2
const TRIES_OF_BROKEN = 2
const REFUSED = new Set([401, 403])
const BUSY = new Set([429, 503])
/** The file is another one by now: its playlist is to be asked for again. */
const CHANGED = 410
/** Where a busy server does not say when to come again, and the longest that it is believed. */
const BUSY_MS = 2_000
const MOST_BUSY_MS = 60_000

interface HlsRequestsParts {
  source: Source
  online: () => Promise<void>
}

/**
 * How playlists and segments are asked for: with a signature that holds, not while there is no network, and not before
 * the time that a busy server has named.
 */
export class HlsRequests {
  #refused = false
  #troubled = false
  #until: Promise<unknown> = Promise.resolve()
  readonly #parts: HlsRequestsParts

  constructor(parts: HlsRequestsParts) {
    this.#parts = parts
  }

  /** Whether the last request failed in a way that passes: it is tried again. */
  get waiting(): boolean {
    return this.#troubled
  }

  /** Given to hls.js, which calls it before each request and each try of it. */
  readonly prepare = async (xhr: XMLHttpRequest, url: string): Promise<void> => {
    const { source, online } = this.#parts
    await this.#until
    const refused = this.#refused
    const address = (await source.signed?.(url, refused)) ?? url
    xhr.open('GET', address, true)
    xhr.addEventListener('error', () => this.#wait(online()))
    xhr.addEventListener('load', () => {
      this.#troubled = false
      this.#refused = REFUSED.has(xhr.status)
      if (BUSY.has(xhr.status)) this.#wait(pause(busyMs(xhr)))
    })
  }

  #wait(until: Promise<unknown>): void {
    this.#troubled = true
    this.#until = until
  }
}

/** hls.js decides by this whether to ask again; how long until then, beyond its own pauses, is told above. */
export const REQUEST_POLICY: LoadPolicy = {
  default: {
    maxTimeToFirstByteMs: 15_000,
    maxLoadTimeMs: 60_000,
    timeoutRetry: { maxNumRetry: 3, retryDelayMs: 0, maxRetryDelayMs: 0 },
    errorRetry: {
      maxNumRetry: TRIES,
      retryDelayMs: 400,
      maxRetryDelayMs: 8_000,
      backoff: 'exponential',
      shouldRetry,
    },
  },
}

function shouldRetry(
  policy: RetryConfig | null | undefined,
  tries: number,
  isTimeout: boolean,
  answer?: { code?: number },
): boolean {
  if (isTimeout) return tries < (policy?.maxNumRetry ?? 0)
  return tries < triesOf(answer?.code ?? 0)
}

function triesOf(status: number): number {
  if (status === 0 || BUSY.has(status)) return TRIES
  if (REFUSED.has(status)) return TRIES_OF_REFUSED
  return status >= 500 ? TRIES_OF_BROKEN : 0
}

/** What an answer says that was not taken in the end; none has the status 0. */
export function causeOfAnswer(status: number): Cause {
  if (BUSY.has(status)) return 'busy'
  return status === 0 || status === CHANGED || REFUSED.has(status) ? 'network' : 'form'
}

function busyMs(xhr: XMLHttpRequest): number {
  const asked = Number(xhr.getResponseHeader('Retry-After') ?? Number.NaN) * 1000
  return Number.isFinite(asked) ? Math.min(asked, MOST_BUSY_MS) : BUSY_MS
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
