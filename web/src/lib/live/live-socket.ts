import type { FromServer, LiveMessage, ToServer } from './messages'

export type OnMessage = (message: LiveMessage) => void

/** The part of a WebSocket that is used, so that a test can stand in for it. */
export type Wire = Pick<WebSocket, 'addEventListener' | 'close' | 'readyState' | 'send'>

interface LiveSocketParts {
  open: () => Wire
  /** A token good for now; null when nobody is signed in. */
  token: () => Promise<string | null>
}

const OPEN = 1
const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 30_000
/** The server pings every 25 seconds; after two that did not come, the line is dead. */
const SILENCE_MS = 60_000

/**
 * One connection for everything that is shown live. It exists while somebody listens, comes back by itself, asks
 * for what it missed, and says `reset` when that is gone and everything in sight has to be asked for again.
 */
export class LiveSocket {
  readonly #channels = new Map<string, Set<OnMessage>>()
  readonly #resets = new Set<() => void>()
  readonly #pauses = new Set<() => void>()
  readonly #parts: LiveSocketParts
  #wire: Wire | null = null
  #ready = false
  #lastId: number | null = null
  /** No line has stood yet, and one has failed: nobody told what happened since the page was loaded. */
  #late = false
  #paused = false
  #failures = 0
  #retry: ReturnType<typeof setTimeout> | undefined
  #silence: ReturnType<typeof setTimeout> | undefined

  constructor(parts: LiveSocketParts) {
    this.#parts = parts
  }

  /** Hears a channel until the returned function is called. */
  subscribe(channel: string, listener: OnMessage): () => void {
    const listeners = this.#channels.get(channel)
    if (listeners === undefined) {
      this.#channels.set(channel, new Set([listener]))
      if (this.#ready) this.#say({ type: 'subscribe', channels: [channel] })
    } else {
      listeners.add(listener)
    }
    this.#connect()
    return () => this.#unsubscribe(channel, listener)
  }

  onReset(listener: () => void): () => void {
    this.#resets.add(listener)
    return () => this.#resets.delete(listener)
  }

  /** Whether the server has said that what others do does not come through for now. */
  get paused(): boolean {
    return this.#paused
  }

  /** Calls back whenever `paused` changes. */
  onPause(listener: () => void): () => void {
    this.#pauses.add(listener)
    return () => this.#pauses.delete(listener)
  }

  /** Tries at once instead of waiting: there is a network again, or somebody has signed in. */
  wake(): void {
    clearTimeout(this.#retry)
    this.#retry = undefined
    this.#failures = 0
    this.#connect()
  }

  #unsubscribe(channel: string, listener: OnMessage): void {
    const listeners = this.#channels.get(channel)
    listeners?.delete(listener)
    if (listeners?.size !== 0) return
    this.#channels.delete(channel)
    if (this.#ready) this.#say({ type: 'unsubscribe', channels: [channel] })
    if (this.#channels.size === 0) this.#disconnect()
  }

  #connect(): void {
    if (this.#wire !== null || this.#retry !== undefined || this.#channels.size === 0) return
    const wire = this.#parts.open()
    this.#wire = wire
    wire.addEventListener('open', () => void this.#authenticate(wire))
    wire.addEventListener('message', (event) => {
      if (wire === this.#wire) this.#hear(JSON.parse((event as MessageEvent<string>).data) as FromServer)
    })
    wire.addEventListener('close', () => {
      if (wire === this.#wire) this.#onClose()
    })
  }

  #disconnect(): void {
    clearTimeout(this.#retry)
    clearTimeout(this.#silence)
    this.#retry = undefined
    const wire = this.#wire
    this.#wire = null
    this.#ready = false
    this.#lastId = null
    this.#late = false
    this.#pause(false)
    wire?.close()
  }

  #onClose(): void {
    this.#wire = null
    this.#ready = false
    this.#late = this.#lastId === null
    clearTimeout(this.#silence)
    const ceiling = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures)
    this.#failures++
    // Jitter: a server that restarts is not met by everyone at once.
    const delay = ceiling * (0.5 + Math.random() / 2)
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      this.#connect()
    }, delay)
  }

  async #authenticate(wire: Wire): Promise<void> {
    const token = await this.#parts.token().catch(() => null)
    if (wire !== this.#wire) return
    if (token === null) wire.close()
    else this.#say({ type: 'auth', token })
  }

  #hear(message: FromServer): void {
    this.#listenForSilence()
    switch (message.type) {
      case 'ready':
        this.#onReady(message.lastId)
        break
      case 'message':
        this.#lastId = message.id
        for (const listener of this.#channels.get(message.channel) ?? []) listener(message)
        break
      case 'paused':
        this.#pause(true)
        break
      case 'reset':
        this.#onReset(message.lastId)
        break
      case 'expired':
        if (this.#wire !== null) void this.#authenticate(this.#wire)
        break
      case 'ping':
        this.#say({ type: 'pong' })
        break
      case 'subscribed':
      case 'error': // A channel that is not for this user stays silent.
        break
    }
  }

  #onReset(lastId: number): void {
    this.#lastId = lastId
    this.#pause(false)
    for (const listener of this.#resets) listener()
  }

  #onReady(lastId: number): void {
    // The token was renewed on a line that stands.
    if (this.#ready) return
    this.#ready = true
    this.#failures = 0
    // Another process may answer now; if it is paused as well, it says so next.
    this.#pause(false)
    this.#say({ type: 'subscribe', channels: [...this.#channels.keys()] })
    if (this.#lastId !== null) this.#say({ type: 'resume', lastId: this.#lastId })
    else if (this.#late) this.#onReset(lastId)
    else this.#lastId = lastId
  }

  #pause(paused: boolean): void {
    if (paused === this.#paused) return
    this.#paused = paused
    for (const listener of this.#pauses) listener()
  }

  #listenForSilence(): void {
    clearTimeout(this.#silence)
    this.#silence = setTimeout(() => this.#wire?.close(), SILENCE_MS)
  }

  #say(message: ToServer): void {
    if (this.#wire?.readyState === OPEN) this.#wire.send(JSON.stringify(message))
  }
}
