import { randomId } from '@/lib/random-id'

/** This tab, among those of the same browser that may send files as well. */
export interface Tab {
  id: string
  /** Which of other tabs still live: what theirs sends is not ours to take up. */
  living: () => Promise<ReadonlySet<string>>
}

const PREFIX = 'tutti.uploads.'

/**
 * A tab holds a lock of its own for as long as it lives. Plain HTTP has no locks: there a file may wait in two tabs, and
 * goes on in the one in which it is chosen again.
 */
export function openTab(locks: LockManager | undefined): Tab {
  const id = randomId()
  // Never given back; the browser does it when the tab is closed.
  void locks?.request(PREFIX + id, () => new Promise<never>(() => undefined))
  return {
    id,
    living: async () => {
      const held = (await locks?.query())?.held ?? []
      const names = held.map(({ name }) => name ?? '').filter((name) => name.startsWith(PREFIX))
      return new Set(names.map((name) => name.slice(PREFIX.length)))
    },
  }
}
