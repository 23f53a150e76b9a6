import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Item } from '@/features/uploads/engine/item'
import type { Records } from '@/features/uploads/engine/records'
import { ApiError, Unreachable } from '@/lib/api/error'

/** A cover for a file that is no track yet. */
export interface WaitingCover {
  /** Of the item in the queue. */
  id: string
  name: string
  picture: Blob
  userId: string
  /** What the file will be, as soon as the server has said so. */
  trackId: string | null
}

export interface WaitingCoversParts {
  put: (trackId: string, picture: Blob) => Promise<void>
  records: Records<WaitingCover>
  /** The item as it stands; none where it was taken off the list. */
  itemOf: (id: string) => Item | undefined
  /** Tells the owner that a cover was refused. */
  complain: (name: string, error: unknown) => void
}

type Covers = ReadonlyMap<string, WaitingCover>

/** A cover that could not be given is given again after so long: the queue may have no more news by then. */
export const AGAIN_MS = 3_000

/**
 * Keeps covers until there are tracks to give them to: the server makes one only once a file is published. They outlive
 * the page as the files do; what a page leaves behind between publishing and the track is given by the next one.
 */
export class WaitingCovers {
  readonly store: StoreApi<Covers>
  readonly #parts: WaitingCoversParts
  readonly #under = new Set<string>()
  /** By item: each has one at most, however often it is tried meanwhile. */
  readonly #timers = new Map<string, number>()
  #userId: string | null = null

  constructor(parts: WaitingCoversParts) {
    this.#parts = parts
    this.store = createStore<Covers>(() => new Map())
  }

  /** Takes up what an earlier page of the same person left, once the queue has been `adopted`. */
  async start(userId: string, adopted: Promise<void>): Promise<void> {
    this.#userId = userId
    await adopted
    const kept = await this.#parts.records.load(userId)
    // The rest belongs to files that another page still sends.
    const found = kept.filter(({ id, trackId }) => trackId !== null || this.#parts.itemOf(id) !== undefined)
    this.#set((covers) => {
      for (const cover of found) if (!covers.has(cover.id)) covers.set(cover.id, cover)
    })
    for (const cover of found) {
      if (this.#parts.itemOf(cover.id) === undefined && cover.trackId !== null)
        void this.#give(cover, cover.trackId, true)
    }
    this.advance()
  }

  /** Forgets everything here; what is saved stays. */
  stop(): void {
    this.#userId = null
    for (const timer of this.#timers.values()) window.clearTimeout(timer)
    this.#timers.clear()
    this.store.setState(new Map(), true)
  }

  /** Keeps a picture for items, in place of those of before; settles once it outlives the page. */
  async keep(items: readonly { id: string; name: string }[], picture: Blob): Promise<void> {
    const userId = this.#userId
    if (userId === null) return
    const kept = items.map(({ id, name }): WaitingCover => {
      return { id, name, picture, userId, trackId: this.#parts.itemOf(id)?.begun?.trackId ?? null }
    })
    this.#set((covers) => kept.forEach((cover) => covers.set(cover.id, cover)))
    const saved = this.#parts.records.save(kept)
    this.advance()
    await saved
  }

  drop(ids: readonly string[]): void {
    if (!ids.some((id) => this.store.getState().has(id))) return
    this.#set((covers) => ids.forEach((id) => covers.delete(id)))
    void this.#parts.records.remove(ids)
  }

  /** Gives what can be given as the queue stands now. */
  advance(): void {
    for (const cover of this.store.getState().values()) {
      const item = this.#parts.itemOf(cover.id)
      const known = item?.begun?.trackId ?? cover.trackId
      if (item === undefined && known === null) this.drop([cover.id])
      if (known !== cover.trackId) this.#note({ ...cover, trackId: known })
      if (item !== undefined && known !== null && hasTrack(item))
        void this.#give(cover, known, item.phase === 'ready')
    }
  }

  #note(cover: WaitingCover): void {
    this.#set((covers) => covers.set(cover.id, cover))
    void this.#parts.records.save([cover])
  }

  /** `last` is whether a track that is not there now never will be. */
  async #give({ id, name, picture }: WaitingCover, trackId: string, last: boolean): Promise<void> {
    if (this.#under.has(id)) return
    this.#under.add(id)
    try {
      await this.#parts.put(trackId, picture)
      if (this.store.getState().get(id)?.picture === picture) this.drop([id])
    } catch (error) {
      const absent = error instanceof ApiError && error.status === 404
      if (isPassing(error) || (absent && !last)) {
        this.#giveLater(id, trackId)
        return
      }
      this.drop([id])
      if (!absent) this.#parts.complain(name, error)
    } finally {
      this.#under.delete(id)
    }
  }

  #giveLater(id: string, trackId: string): void {
    if (this.#userId === null || this.#timers.has(id)) return
    const timer = window.setTimeout(() => {
      this.#timers.delete(id)
      const cover = this.store.getState().get(id)
      const item = this.#parts.itemOf(id)
      if (cover !== undefined && (item === undefined || hasTrack(item)))
        void this.#give(cover, trackId, item === undefined || item.phase === 'ready')
    }, AGAIN_MS)
    this.#timers.set(id, timer)
  }

  #set(change: (covers: Map<string, WaitingCover>) => void): void {
    const covers = new Map(this.store.getState())
    change(covers)
    this.store.setState(covers, true)
  }
}

/** The server makes the track early in its work. */
function hasTrack({ phase, share }: Item): boolean {
  return phase === 'ready' || (phase === 'processing' && share > 0)
}

function isPassing(error: unknown): boolean {
  return (
    error instanceof Unreachable ||
    (error instanceof ApiError && (error.status >= 500 || error.status === 429))
  )
}
