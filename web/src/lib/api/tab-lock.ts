import { randomId } from '@/lib/random-id'

/** Runs `work` in one tab of this origin at a time. */
export type TabLock = <Result>(name: string, work: () => Promise<Result>) => Promise<Result>

const LEASE_MS = 10_000
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
    await acquire(key)
    try {
      return await work()
    } finally {
      if (parseLease(storage.getItem(key))?.owner === owner) storage.removeItem(key)
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
