import { ApiError } from './error'
import type { TabLock } from './tab-lock'
import type { Tokens } from './types'

const REFRESH_KEY = 'tutti.refresh'
const LOCK = 'tutti.refresh'
/** Renew this long before the end, so that no request leaves with a token that dies on the way. */
const EARLY_MS = 30_000

interface Access {
  token: string
  expiresAtMs: number
}

interface Dependencies {
  /** Exchanges a refresh token; throws ApiError when the server refuses it. */
  refresh: (refreshToken: string) => Promise<Tokens>
  storage: Storage
  lock: TabLock
  channel: Pick<BroadcastChannel, 'postMessage' | 'addEventListener'> | null
}

/**
 * Who is signed in. The access token stays in memory; the refresh token rotates at each use, so that tabs
 * share it through localStorage and take turns, and reuse of an old one (which revokes all) cannot happen.
 */
export class Session {
  #access: Access | null = null
  #renewing: Promise<string | null> | null = null
  readonly #listeners = new Set<() => void>()
  readonly #with: Dependencies

  constructor(dependencies: Dependencies) {
    this.#with = dependencies
    dependencies.channel?.addEventListener('message', (event) => {
      this.#access = event.data as Access | null
    })
  }

  get signedIn(): boolean {
    return this.#with.storage.getItem(REFRESH_KEY) !== null
  }

  get refreshToken(): string | null {
    return this.#with.storage.getItem(REFRESH_KEY)
  }

  start(tokens: Tokens): void {
    this.#keep(tokens)
    this.#tell()
  }

  end(): void {
    this.#with.storage.removeItem(REFRESH_KEY)
    this.#share(null)
    this.#tell()
  }

  /** A token good for a request, renewed when near its end or when it is `refused`; null when signed out. */
  async accessToken(refused?: string): Promise<string | null> {
    if (!this.signedIn) return null
    const usable = this.#usable(refused)
    if (usable !== null) return usable
    this.#renewing ??= this.#with
      .lock(LOCK, () => this.#renew(refused))
      .finally(() => (this.#renewing = null))
    return this.#renewing
  }

  /** Called at sign-in and sign-out, also when another tab did it. */
  subscribe(listener: () => void): () => void {
    const onStorage = (event: StorageEvent) => {
      if (event.key !== REFRESH_KEY) return
      const changedHands = event.oldValue === null || event.newValue === null
      if (event.newValue === null) this.#access = null
      if (changedHands) listener()
    }
    this.#listeners.add(listener)
    window.addEventListener('storage', onStorage)
    return () => {
      this.#listeners.delete(listener)
      window.removeEventListener('storage', onStorage)
    }
  }

  #usable(refused?: string): string | null {
    const access = this.#access
    const fresh = access !== null && access.token !== refused && access.expiresAtMs - EARLY_MS > Date.now()
    return fresh ? access.token : null
  }

  async #renew(refused?: string): Promise<string | null> {
    // Another tab may have renewed while this one waited for its turn.
    const usable = this.#usable(refused)
    const refreshToken = this.refreshToken
    if (usable !== null || refreshToken === null) return usable
    try {
      return this.#keep(await this.#with.refresh(refreshToken))
    } catch (error) {
      // No network and a server that restarts are not the end of a session; a refused token is.
      const refusedForGood = error instanceof ApiError && error.status >= 400 && error.status < 429
      if (!refusedForGood) throw error
      if (this.refreshToken === refreshToken) this.end()
      return null
    }
  }

  #keep(tokens: Tokens): string {
    this.#with.storage.setItem(REFRESH_KEY, tokens.refreshToken)
    this.#share({ token: tokens.accessToken, expiresAtMs: Date.now() + tokens.expiresIn * 1000 })
    return tokens.accessToken
  }

  #share(access: Access | null): void {
    this.#access = access
    this.#with.channel?.postMessage(access)
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
