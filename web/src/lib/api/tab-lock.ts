import { randomId } from '@/lib/random-id'

/** Runs `work` in one tab of this origin at a time. */
export type TabLock = <Result>(name: string, work: () => Promise<Result>) => Promise<Result>

/**
 * Clearly less than the time in which the server answers a token that was used before with the same successor (10 s,
 * TUTTI_ACCOUNTS_REFRESH_GRACE_S): a page that is left inside may have used it, and nobody has the answer.
 */
const LEASE_MS = 4_000
const POLL_MS = 50

/**
 * The Web Locks API where the page is secure; a lease in localStorage elsewhere: a server at home is
 * mostly reached by plain HTTP, where browsers hide `navigator.locks`.
 */
export function openTabLock(storage: Storage): TabLock {
  if ('locks' in navigator && (navigator as Partial<Navigator>).locks !== undefined) {
    return <Result>(name: string, work: () => Promise<Result>) =>
      navigator.locks.request(name, work) as Promise<Result>
  }
  return leaseLock(storage)
}

/** A lock by lease: write, wait for writers of the same moment to have written, see who won. */
export function leaseLock(storage: Storage, leaseMs = LEASE_MS): TabLock {
  const owner = randomId()

  function release(key: string): void {
    if (parseLease(storage.getItem(key))?.owner === owner) storage.removeItem(key)
  }

  async function acquire(key: string): Promise<void> {
    for (;;) {
      const held = parseLease(storage.getItem(key))
      if (held === null || held.until < Date.now() || held.owner === owner) {
        storage.setItem(key, JSON.stringify({ owner, until: Date.now() + leaseMs }))
        await sleep(POLL_MS)
        if (parseLease(storage.getItem(key))?.owner === owner) return
      } else {
        await sleep(POLL_MS)
      }
    }
  }

  return async (name, work) => {
    const key = `${name}.lease`
    const leave = () => release(key) // Nothing goes on in a page that is left: the next need not wait.
    window.addEventListener('pagehide', leave)
    try {
      await acquire(key)
      return await work()
    } finally {
      window.removeEventListener('pagehide', leave)
      release(key)
    }
  }
}

interface Lease {
  owner: string
  until: number
}

function parseLease(text: string | null): Lease | null {
  if (text === null) return null
  try {
    return JSON.parse(text) as Lease
  } catch {
    return null
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
