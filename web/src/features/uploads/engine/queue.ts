import type { Item } from './item'

/** Every file of this page, in the order it was chosen. A pure value: `step` makes the next one. */
export interface Queue {
  items: ReadonlyMap<string, Item>
  /** The server takes no new uploads before this moment, and why. */
  closedUntilMs: number | null
  closedBecause: string | null
}

export const EMPTY_QUEUE: Queue = { items: new Map(), closedUntilMs: null, closedBecause: null }

export type Change = (item: Item) => Partial<Item>

/** The ids of the items that match, in order. */
export function ids(queue: Queue, matches: (item: Item) => boolean): string[] {
  const found: string[] = []
  for (const item of queue.items.values()) if (matches(item)) found.push(item.id)
  return found
}

export function change(queue: Queue, concerned: readonly string[], by: Change): Queue {
  if (concerned.length === 0) return queue
  const items = new Map(queue.items)
  for (const id of concerned) {
    const item = items.get(id)
    if (item !== undefined) items.set(id, { ...item, ...by(item) })
  }
  return { ...queue, items }
}

export function without(queue: Queue, gone: readonly string[]): Queue {
  const items = new Map(queue.items)
  for (const id of gone) items.delete(id)
  return { ...queue, items }
}

/** The next moment at which something goes on by itself. */
export function nextWakeMs(queue: Queue): number | null {
  const times = Array.from(queue.items.values(), ({ retryAtMs }) => retryAtMs)
  const known = [...times, queue.closedUntilMs].filter((time) => time !== null)
  return known.length === 0 ? null : Math.min(...known)
}
