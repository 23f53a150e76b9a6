import type { Track } from '@/lib/api/types'
import { randomId } from '@/lib/random-id'

export interface QueueItem {
  /** Its own: the same track may stand in the queue twice. */
  readonly id: string
  readonly track: Track
}

export interface Queue {
  /** In the order they play. */
  readonly items: readonly QueueItem[]
  /** Which plays; -1 when the queue is empty. */
  readonly index: number
  /** Item ids in the order before shuffling; null when not shuffled. */
  readonly unshuffled: readonly string[] | null
}

export type Repeat = 'off' | 'all' | 'one'
export type Random = () => number

export const EMPTY_QUEUE: Queue = { items: [], index: -1, unshuffled: null }

export function currentItem(queue: Queue): QueueItem | null {
  return queue.items[queue.index] ?? null
}

/** A new queue that starts at `start`; shuffled, what stands there still plays first. */
export function queueOf(tracks: readonly Track[], start: number, random: Random | null): Queue {
  const items = tracks.map(toItem)
  if (items.length === 0) return EMPTY_QUEUE
  const queue: Queue = { items, index: Math.min(Math.max(start, 0), items.length - 1), unshuffled: null }
  return random === null ? queue : shuffled(queue, random)
}

/** Moves the one that plays to the front and shuffles the rest behind it. */
export function shuffled(queue: Queue, random: Random): Queue {
  const current = currentItem(queue)
  if (current === null) return queue
  const rest = queue.items.filter((item) => item !== current)
  for (let i = rest.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const [a, b] = [rest[i], rest[j]]
    if (a !== undefined && b !== undefined) [rest[i], rest[j]] = [b, a]
  }
  const before = queue.unshuffled ?? queue.items.map((item) => item.id)
  return { items: [current, ...rest], index: 0, unshuffled: before }
}

/** Puts the items back as they were before shuffling; what was added since keeps its neighbour. */
export function unshuffled(queue: Queue): Queue {
  if (queue.unshuffled === null) return queue
  const place = new Map(queue.unshuffled.map((id, at) => [id, at]))
  const items = [...queue.items].sort((a, b) => (place.get(a.id) ?? 0) - (place.get(b.id) ?? 0))
  const current = currentItem(queue)
  return { items, index: current === null ? -1 : items.indexOf(current), unshuffled: null }
}

export function addedNext(queue: Queue, tracks: readonly Track[]): Queue {
  return inserted(queue, queue.index + 1, tracks)
}

export function addedLast(queue: Queue, tracks: readonly Track[]): Queue {
  return inserted(queue, queue.items.length, tracks)
}

function inserted(queue: Queue, at: number, tracks: readonly Track[]): Queue {
  const added = tracks.map(toItem)
  const items = queue.items.toSpliced(at, 0, ...added)
  const neighbour = queue.items[at - 1]
  const ids = added.map((item) => item.id)
  const where = neighbour === undefined ? 0 : (queue.unshuffled?.indexOf(neighbour.id) ?? -1) + 1
  return {
    items,
    index: queue.index === -1 && items.length > 0 ? 0 : queue.index,
    unshuffled: queue.unshuffled?.toSpliced(where, 0, ...ids) ?? null,
  }
}

/** Without one item; when it is the one that plays, its follower takes its place. */
export function removed(queue: Queue, id: string): Queue {
  const at = queue.items.findIndex((item) => item.id === id)
  if (at === -1) return queue
  const items = queue.items.toSpliced(at, 1)
  const index = at < queue.index ? queue.index - 1 : Math.min(queue.index, items.length - 1)
  return { items, index, unshuffled: queue.unshuffled?.filter((other) => other !== id) ?? null }
}

export function moved(queue: Queue, id: string, to: number): Queue {
  const from = queue.items.findIndex((item) => item.id === id)
  const item = queue.items[from]
  if (item === undefined) return queue
  const current = currentItem(queue)
  const items = queue.items.toSpliced(from, 1).toSpliced(Math.max(0, to), 0, item)
  return { ...queue, items, index: current === null ? -1 : items.indexOf(current) }
}

/** Keeps what has played and what plays. */
export function withoutUpcoming(queue: Queue): Queue {
  const items = queue.items.slice(0, queue.index + 1)
  const kept = new Set(items.map((item) => item.id))
  return { ...queue, items, unshuffled: queue.unshuffled?.filter((id) => kept.has(id)) ?? null }
}

export function jumped(queue: Queue, id: string): Queue {
  const index = queue.items.findIndex((item) => item.id === id)
  return index === -1 ? queue : { ...queue, index }
}

/** Which plays after this one: null at the end. `repeat: one` is the player's own affair. */
export function nextIndex(queue: Queue, repeat: Repeat): number | null {
  return findPlayable(queue, 1, repeat === 'all')
}

export function previousIndex(queue: Queue, repeat: Repeat): number | null {
  return findPlayable(queue, -1, repeat === 'all')
}

/** The nearest item in a direction whose file is present. */
function findPlayable(queue: Queue, step: 1 | -1, wrap: boolean): number | null {
  const count = queue.items.length
  for (let distance = 1; distance <= count; distance++) {
    const at = queue.index + step * distance
    if (!wrap && (at < 0 || at >= count)) return null
    const index = ((at % count) + count) % count
    if (queue.items[index]?.track.present === true) return index
  }
  return null
}

function toItem(track: Track): QueueItem {
  return { id: randomId(), track }
}
