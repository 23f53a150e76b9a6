import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { chosenFile } from '@/features/uploads/files/chosen'
import { ApiError, Unreachable } from '@/lib/api/error'
import { UploadEngine } from './engine'
import type { Kept, Records } from './records'
import type { ServerWord } from './step'

const word = (uploadId: string, change: Partial<ServerWord> = {}): ServerWord => ({
  uploadId,
  state: 'uploaded',
  progress: 0,
  reasonCode: null,
  reason: null,
  duplicateOf: null,
  ...change,
})

let begun: number
let put: ReturnType<
  typeof vi.fn<(address: unknown, bytes: Blob, tell: unknown, signal: AbortSignal) => Promise<void>>
>
let kept: Map<string, Kept>
let living: Set<string>
const discard = vi.fn(async () => undefined)
const complain = vi.fn()

function memory(): Records {
  return {
    load: async (userId) => structuredClone([...kept.values()]).filter((one) => one.userId === userId),
    save: async (some) => some.forEach((one) => kept.set(one.item.id, structuredClone(one))),
    remove: async (ids) => ids.forEach((id) => kept.delete(id)),
  }
}

function openEngine(tabId = 'tab-1') {
  let count = 0
  return new UploadEngine({
    wire: {
      begin: async () => {
        const uploadId = `up-${++begun}`
        return { uploadId, trackId: `t-${begun}`, partBytes: null, address: { url: uploadId, headers: {} } }
      },
      address: async (uploadId) => ({ url: uploadId, headers: {} }),
      listParts: async () => [],
      signPart: async () => ({ url: '', headers: {} }),
      saveTags: async () => undefined,
      complete: async (uploadId) => word(uploadId),
      put,
      discard,
      keep: async (uploadId) => word(uploadId, { state: 'processing' }),
    },
    records: memory(),
    tab: { id: tabId, living: async () => living },
    newId: () => `${tabId}-${++count}`,
    complain,
  })
}

const file = (name: string) => new File(['12345'], name, { lastModified: 7, type: 'audio/flac' })
const chosen = (name: string) => chosenFile(file(name), '', null)
const phases = (engine: UploadEngine) =>
  Array.from(engine.store.getState().queue.items.values(), (item) => item.phase)
const idOf = (engine: UploadEngine, at = 0) => [...engine.store.getState().queue.items.keys()][at]!
/** Digests and promises need real turns; timers stay in the test's hand. */
const settled = (engine: UploadEngine, wanted: string[]) =>
  vi.waitFor(() => expect(phases(engine)).toEqual(wanted))

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], shouldAdvanceTime: true })
  begun = 0
  kept = new Map()
  living = new Set()
  put = vi.fn(async () => undefined)
})
afterEach(() => void vi.useRealTimers())

describe('the engine', () => {
  it('sends what is added, and hears what becomes of it', async () => {
    const engine = openEngine()
    engine.add([chosen('a.flac'), chosen('b.flac')], false)
    await settled(engine, ['processing', 'processing'])
    engine.hear(word('up-1', { state: 'ready' }))
    expect(phases(engine)).toContain('ready')
  })

  it('takes a file once, however often it is dropped', async () => {
    const engine = openEngine()
    expect(engine.add([chosen('a.flac'), chosen('a.flac')], false)).toHaveLength(1)
    expect(engine.add([chosen('a.flac')], false)).toHaveLength(1)
    await settled(engine, ['processing'])
    expect(begun).toBe(1)
  })

  it('stops a transfer that is paused, and goes on with the same upload', async () => {
    const signals: AbortSignal[] = []
    put.mockImplementation((_address, _bytes, _tell, signal) => {
      signals.push(signal)
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError'))),
      )
    })
    const engine = openEngine()
    engine.add([chosen('a.flac')], false)
    await vi.waitFor(() => expect(signals).toHaveLength(1))
    engine.pause([idOf(engine)])
    expect(signals[0]!.aborted).toBe(true)
    put.mockImplementation(async () => undefined)
    engine.resume([idOf(engine)])
    await settled(engine, ['processing'])
    expect(begun).toBe(1)
  })

  it('tries again by itself, and at once when the network is back', async () => {
    put.mockRejectedValueOnce(new ApiError(503, 'STORAGE_AWAY', 'Away.'))
    const engine = openEngine()
    engine.add([chosen('a.flac')], false)
    await settled(engine, ['waiting'])
    put.mockRejectedValueOnce(new Unreachable(null))
    await vi.advanceTimersByTimeAsync(1_000)
    await settled(engine, ['waiting'])
    engine.reconnected()
    await settled(engine, ['processing'])
    expect(put).toHaveBeenCalledTimes(3)
  })

  it('has the server throw away what is cancelled, and nothing else', async () => {
    const engine = openEngine()
    engine.add([chosen('a.flac'), chosen('b.flac')], true)
    await settled(engine, ['held', 'held'])
    const [uploadId] = [engine.store.getState().queue.items.get(idOf(engine))!.begun!.uploadId]
    engine.remove([idOf(engine)])
    expect(discard.mock.calls).toEqual([[uploadId]])
    engine.publish([idOf(engine)])
    await settled(engine, ['processing'])
    engine.remove([idOf(engine)])
    expect(discard).toHaveBeenCalledOnce()
  })

  it('complains when tags cannot be saved, and saves them later', async () => {
    const engine = openEngine()
    engine.add([chosen('a.flac')], true)
    await settled(engine, ['held'])
    engine.tag([idOf(engine)], { title: 'Dawn' })
    await vi.waitFor(() => {
      const item = engine.store.getState().queue.items.get(idOf(engine))
      expect(item).toMatchObject({ tags: { title: 'Dawn' }, tagsSaved: true })
    })
    expect(complain).not.toHaveBeenCalled()
  })
})

describe('after a reload', () => {
  async function interrupted(): Promise<void> {
    put.mockImplementation(() => new Promise(() => undefined))
    const engine = openEngine()
    await engine.start('ada')
    engine.add([chosen('a.flac'), chosen('b.flac')], false)
    await vi.waitFor(() => expect(put).toHaveBeenCalledTimes(2))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(kept.size).toBe(2)
    put.mockReset().mockResolvedValue(undefined)
  }

  it('waits for the same files, and goes on with the same uploads', async () => {
    await interrupted()
    const engine = openEngine('tab-2')
    await engine.start('ada')
    expect(phases(engine)).toEqual(['missing', 'missing'])
    expect(engine.add([chosen('b.flac'), chosen('c.flac')], false)).toEqual([])
    await settled(engine, ['missing', 'processing', 'processing'])
    expect(begun).toBe(3)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(Array.from(kept.values(), ({ item, owner }) => [item.name, owner])).toEqual([['a.flac', 'tab-2']])
  })

  it('leaves alone what another tab sends, and what is somebody else’s', async () => {
    await interrupted()
    living.add('tab-1')
    const second = openEngine('tab-2')
    await second.start('ada')
    expect(phases(second)).toEqual([])
    living.clear()
    const other = openEngine('tab-3')
    await other.start('bo')
    expect(phases(other)).toEqual([])
  })

  it('publishes what was held back without the file', async () => {
    const before = openEngine()
    await before.start('ada')
    before.add([chosen('a.flac')], true)
    await settled(before, ['held'])
    await vi.advanceTimersByTimeAsync(1_000)
    const engine = openEngine('tab-2')
    await engine.start('ada')
    expect(phases(engine)).toEqual(['held'])
    engine.publish([idOf(engine)])
    await settled(engine, ['processing'])
  })

  it('waits for what was chosen before it was known by whom', async () => {
    put.mockImplementation(() => new Promise(() => undefined))
    const early = openEngine()
    early.add([chosen('a.flac')], false)
    await vi.waitFor(() => expect(put).toHaveBeenCalledOnce())
    await vi.advanceTimersByTimeAsync(1_000)
    await early.start('ada')
    put.mockReset().mockResolvedValue(undefined)
    const engine = openEngine('tab-2')
    await engine.start('ada')
    expect(phases(engine)).toEqual(['missing'])
  })

  it('takes nothing up for who has signed out meanwhile', async () => {
    await interrupted()
    const engine = openEngine('tab-2')
    const starting = engine.start('ada')
    engine.stop()
    await starting
    expect(phases(engine)).toEqual([])
  })

  it('gives nobody what somebody else chose before they signed out', async () => {
    put.mockImplementation(() => new Promise(() => undefined))
    const engine = openEngine()
    engine.add([chosen('a.flac')], false)
    engine.stop()
    await engine.start('bo')
    engine.add([chosen('b.flac')], false)
    await engine.start('bo')
    await engine.start('cy') // bo signed out in another tab, while this one slept
    expect(phases(engine)).toEqual([])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(Array.from(kept.values(), ({ item, userId }) => [item.name, userId])).toEqual([['b.flac', 'bo']])
  })

  it('keeps for the same person what signing out interrupted', async () => {
    await interrupted()
    const engine = openEngine('tab-2')
    await engine.start('ada')
    engine.stop()
    expect(phases(engine)).toEqual([])
    living.add('tab-2')
    await engine.start('ada')
    expect(phases(engine)).toEqual(['missing', 'missing'])
  })
})
