import { createStore, type StoreApi } from 'zustand/vanilla'
import type { ChosenFile } from '@/features/uploads/files/chosen'
import type { UploadTags } from '@/features/uploads/tags/tags'
import { NOTHING, type EngineParts, type EngineState } from './contract'
import { facts, fingerprint, isUnsent, needsFile, newItem, type Item } from './item'
import { describeProblem } from './problems'
import { ids, nextWakeMs, type Queue } from './queue'
import { Keeper } from './keeper'
import { Speeds } from './speed'
import { step, type QueueEvent, type ServerWord } from './step'
import { transfer, type Report } from './transfer'

/** Sends files, whatever page is shown: the queue's rules, the transfers that run, and what outlives the page. */
export class UploadEngine {
  readonly store: StoreApi<EngineState>
  readonly #parts: EngineParts
  readonly #keeper: Keeper
  readonly #files = new Map<string, File>()
  readonly #speeds: Speeds
  readonly #running = new Map<string, AbortController>()
  #userId: string | null = null
  #wake: ReturnType<typeof setTimeout> | undefined

  constructor(parts: EngineParts) {
    this.#parts = parts
    this.#keeper = new Keeper(parts.records, parts.tab)
    this.store = createStore<EngineState>(() => NOTHING)
    this.#speeds = new Speeds((bytesPerS) => this.store.setState({ bytesPerS }))
  }

  /** Takes up what an earlier page of the same person left, as far as its files can be read. */
  async start(userId: string): Promise<void> {
    if (this.#userId !== null && this.#userId !== userId) this.stop() // they changed while this page slept
    this.#userId = userId
    const found = await this.#keeper.adopt(userId)
    if (this.#userId !== userId) return
    const known = this.#queue.items
    const fresh = found.filter(({ item }) => !known.has(item.id))
    for (const { item, file } of fresh) if (file !== null) this.#files.set(item.id, file)
    this.#dispatch({ type: 'added', items: fresh.map(({ item }) => item) })
  }

  /** Stops everything and forgets it here; what was kept waits for the same person to come back. */
  stop(): void {
    this.#userId = null
    this.#keeper.release()
    for (const controller of this.#running.values()) controller.abort()
    clearTimeout(this.#wake)
    this.#running.clear()
    this.#files.clear()
    this.#speeds.clear()
    this.store.setState(NOTHING)
  }

  /** Queues files; those that were waited for go on. Returns the ones that are in the queue already. */
  add(chosen: readonly ChosenFile[], hold: boolean): ChosenFile[] {
    const there = new Map<string, Item>()
    for (const item of this.#queue.items.values())
      if (item.phase !== 'ready') there.set(fingerprint(item), item)
    const items: Item[] = []
    const twice: ChosenFile[] = []
    const attached: string[] = []
    for (const one of chosen) {
      const known = there.get(fingerprint(one.facts))
      const item = known ?? newItem(this.#parts.newId(), facts(one.facts), { hold })
      if (known !== undefined && known.phase !== 'missing') {
        twice.push(one)
        continue
      }
      this.#files.set(item.id, one.file)
      this.#keeper.remember(item.id, one.handle)
      if (known === undefined) items.push(item)
      else attached.push(item.id)
      there.set(fingerprint(item), { ...item, phase: 'queued' })
    }
    // In this order: files of items that the queue does not hold are let go.
    this.#dispatch({ type: 'added', items })
    this.#dispatch({ type: 'asked', wish: 'attach', ids: attached })
    return twice
  }

  /** Asks the browser for the files that it could read again if its user agrees; to be called in answer to a click. */
  async allowFiles(): Promise<void> {
    const missing = ids(this.#queue, ({ phase }) => phase === 'missing')
    for (const id of missing) {
      const file = await this.#keeper.ask(id)
      if (file === null) continue
      this.#files.set(id, file)
      this.#dispatch({ type: 'asked', wish: 'attach', ids: [id] })
    }
  }

  canAskFor(id: string): boolean {
    return this.#keeper.canAsk(id)
  }

  /** The file itself, while it may still be sent. */
  fileOf(id: string): File | null {
    return this.#files.get(id) ?? null
  }

  pause(which: readonly string[]): void {
    this.#dispatch({ type: 'asked', wish: 'pause', ids: which })
  }

  resume(which: readonly string[]): void {
    this.#dispatch({ type: 'asked', wish: 'resume', ids: which })
  }

  /** Tries items again; what the server could make nothing of is sent anew, and the first attempt is thrown away. */
  retry(which: readonly string[]): void {
    const items = this.#itemsOf(which)
    this.#dispatch({ type: 'asked', wish: 'retry', ids: which })
    this.#discard(items.filter(({ phase, problem }) => phase === 'failed' && problem?.kind === 'ended'))
  }

  publish(which: readonly string[]): void {
    this.#dispatch({ type: 'asked', wish: 'publish', ids: which })
  }

  reconnected(): void {
    this.#dispatch({ type: 'reconnected' })
  }

  hear(word: ServerWord): void {
    this.#dispatch({ type: 'heard', word })
  }

  /** Takes items off the list; what has come of unfinished ones is discarded by the server. */
  remove(which: readonly string[]): void {
    const items = this.#itemsOf(which)
    this.#dispatch({ type: 'removed', ids: which })
    this.#discard(
      items.filter((item) => isUnsent(item) || item.phase === 'duplicate' || item.phase === 'failed'),
    )
  }

  #itemsOf(which: readonly string[]): Item[] {
    return which.map((id) => this.#queue.items.get(id)).filter((item) => item !== undefined)
  }

  /** What cannot be told now is swept by the server in a day. */
  #discard(items: readonly Item[]): void {
    for (const { begun } of items)
      if (begun !== null) this.#parts.wire.discard(begun.uploadId).catch(() => undefined)
  }

  /** Makes a track of a duplicate after all. */
  async keep(id: string): Promise<void> {
    const begun = this.#queue.items.get(id)?.begun
    if (begun !== null && begun !== undefined) this.hear(await this.#parts.wire.keep(begun.uploadId))
  }

  /** Changes the tags of items; the server learns of it as soon as it knows them. */
  tag(which: readonly string[], tags: UploadTags): void {
    this.#dispatch({ type: 'tagged', ids: which, tags })
    for (const id of which) void this.#saveTags(id)
  }

  async #saveTags(id: string): Promise<void> {
    const item = this.#queue.items.get(id)
    if (item?.begun === null || item === undefined) return
    try {
      await this.#parts.wire.saveTags(item.begun.uploadId, item.tags)
      this.#dispatch({ type: 'tagsSaved', id, tags: item.tags })
    } catch (error) {
      this.#parts.complain(error)
    }
  }

  get #queue(): Queue {
    return this.store.getState().queue
  }

  #dispatch(event: QueueEvent): void {
    const before = this.#queue
    const queue = step(before, event)
    if (queue === before) return
    this.store.setState({ queue })
    this.#keeper.follow(before, queue)
    this.#reconcile(queue)
  }

  /** Starts what should run, stops what should not, and wakes when something is due. */
  #reconcile(queue: Queue): void {
    for (const [id, controller] of this.#running) {
      if (queue.items.get(id)?.phase === 'sending') continue
      this.#running.delete(id)
      controller.abort()
    }
    for (const item of queue.items.values()) {
      if (item.phase === 'sending' && !this.#running.has(item.id)) void this.#run(item)
    }
    for (const id of this.#files.keys()) {
      const item = queue.items.get(id)
      if (item === undefined || !needsFile(item)) this.#files.delete(id)
    }
    this.#wakeAt(nextWakeMs(queue))
  }

  async #run(item: Item): Promise<void> {
    const controller = new AbortController()
    const { id } = item
    this.#running.set(id, controller)
    const ours = () => this.#running.get(id) === controller
    try {
      const file = this.#files.get(id) ?? null
      const word = await transfer(item, file, this.#parts.wire, this.#report(item, ours), controller.signal)
      if (word === null || !ours()) return
      this.#dispatch({ type: 'completed', id })
      this.hear(word)
    } catch (error) {
      if (ours()) this.#failed(id, error)
    } finally {
      if (ours()) this.#running.delete(id)
      if (!this.#running.has(id)) this.#speeds.forget(id)
    }
  }

  #failed(id: string, error: unknown): void {
    this.#running.delete(id)
    this.#dispatch({ type: 'failed', id, problem: describeProblem(error), nowMs: Date.now() })
  }

  /** A transfer that was stopped may still speak once; it is not listened to. */
  #report(item: Item, ours: () => boolean): Report {
    const { id } = item
    return {
      begun: (begun) => ours() && this.#dispatch({ type: 'begun', id, begun }),
      sent: () => ours() && this.#dispatch({ type: 'sent', id }),
      current: () => this.#queue.items.get(id) ?? item,
      progressed: (sentBytes) => {
        if (!ours()) return
        this.#dispatch({ type: 'progressed', id, sentBytes })
        this.#speeds.note(id, sentBytes, Date.now())
      },
    }
  }

  #wakeAt(atMs: number | null): void {
    clearTimeout(this.#wake)
    if (atMs === null) return
    this.#wake = setTimeout(() => this.#dispatch({ type: 'ticked', nowMs: Date.now() }), atMs - Date.now())
  }
}
