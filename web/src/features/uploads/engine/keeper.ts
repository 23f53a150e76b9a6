import { fingerprint, isUnsent, type Item } from './item'
import type { Queue } from './queue'
import type { Kept, Records } from './records'
import type { Tab } from './tab'

const SAVED_AFTER_MS = 300

/** Follows the queue into what outlives the page, and takes up what others left there. */
export class Keeper {
  readonly #records: Records
  readonly #tab: Tab
  readonly #handles = new Map<string, FileSystemFileHandle>()
  readonly #unsaved = new Map<string, Item | null>()
  #userId: string | null = null
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(records: Records, tab: Tab) {
    this.#records = records
    this.#tab = tab
  }

  /** What somebody left when their page went, with the files that can be read without asking. */
  async adopt(userId: string): Promise<{ item: Item; file: File | null }[]> {
    this.#userId = userId
    const living = await this.#tab.living()
    // What this tab sent before its person signed out is its own again.
    const free = (owner: string) => owner === this.#tab.id || !living.has(owner)
    const orphans = (await this.#records.load(userId)).filter(({ owner }) => free(owner))
    const found = await Promise.all(orphans.map((kept) => this.#take(kept)))
    await this.#records.save(orphans.map((kept) => ({ ...kept, owner: this.#tab.id })))
    this.#flush()
    return found
  }

  /** Forgets the person, and what was chosen before they were known; what is saved stays. */
  release(): void {
    this.#flush()
    this.#unsaved.clear()
    this.#userId = null
    this.#handles.clear()
  }

  remember(id: string, handle: FileSystemFileHandle | null): void {
    if (handle !== null) this.#handles.set(id, handle)
  }

  canAsk(id: string): boolean {
    return this.#handles.has(id)
  }

  /** The file behind a handle, if its owner lets us read it; null when not, or when it is another by now. */
  async ask(id: string): Promise<File | null> {
    const handle = this.#handles.get(id)
    if (handle === undefined) return null
    return (await handle.requestPermission?.({ mode: 'read' })) === 'granted' ? read(handle) : null
  }

  /** Notes which items changed; how many bytes are sent is not kept, since the server knows it better. */
  follow(before: Queue, after: Queue): void {
    for (const id of before.items.keys()) if (!after.items.has(id)) this.#note(id, null)
    for (const item of after.items.values()) {
      const old = before.items.get(item.id)
      if (old === item || (old !== undefined && isSameButBytes(old, item))) continue
      this.#note(item.id, isUnsent(item) ? item : null)
    }
  }

  #note(id: string, item: Item | null): void {
    this.#unsaved.set(id, item)
    this.#timer ??= setTimeout(() => this.#flush(), SAVED_AFTER_MS)
  }

  /** What is chosen before it is known by whom waits for that. */
  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#userId === null) return
    const [kept, gone] = [[] as Kept[], [] as string[]]
    for (const [id, item] of this.#unsaved) {
      if (item === null) gone.push(id)
      else kept.push(this.#keptOf(item, this.#userId))
    }
    this.#unsaved.clear()
    if (kept.length > 0) void this.#records.save(kept)
    if (gone.length > 0) void this.#records.remove(gone)
  }

  #keptOf(item: Item, userId: string): Kept {
    return { item, handle: this.#handles.get(item.id) ?? null, userId, owner: this.#tab.id }
  }

  async #take({ item, handle }: Kept): Promise<{ item: Item; file: File | null }> {
    this.remember(item.id, handle)
    if (item.allSent)
      return { item: { ...item, phase: item.hold ? 'held' : 'queued', retryAtMs: null }, file: null }
    const granted = handle !== null && (await handle.queryPermission?.({ mode: 'read' })) === 'granted'
    const file = granted ? await read(handle) : null
    const same = file !== null && isFileOf(file, item)
    const phase = !same ? 'missing' : item.phase === 'paused' ? 'paused' : 'queued'
    return { item: { ...item, phase, problem: null, retryAtMs: null }, file: same ? file : null }
  }
}

async function read(handle: FileSystemFileHandle): Promise<File | null> {
  try {
    return await handle.getFile()
  } catch {
    return null // Moved or deleted: it is asked for as if there had been no handle.
  }
}

function isFileOf(file: File, item: Item): boolean {
  const { name, size: sizeBytes, lastModified: modifiedMs, type } = file
  return fingerprint({ name, folder: '', sizeBytes, modifiedMs, type }) === fingerprint(item)
}

function isSameButBytes(old: Item, item: Item): boolean {
  return JSON.stringify({ ...old, sentBytes: 0 }) === JSON.stringify({ ...item, sentBytes: 0 })
}
