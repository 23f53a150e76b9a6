import { describe, expect, it, vi } from 'vitest'
import { ApiError } from '@/lib/api/error'
import { newItem, type Item } from './item'
import { FileGone } from './problems'
import type { ServerWord } from './step'
import { transfer, type Report, type Wire } from './transfer'

const PART = 10
const WORD: ServerWord = {
  uploadId: 'up',
  state: 'uploaded',
  progress: 0,
  reasonCode: null,
  reason: null,
  duplicateOf: null,
}

function fileOf(size: number): File {
  const bytes = Uint8Array.from({ length: size }, (_, at) => at)
  return new File([bytes], 'a.flac', { lastModified: 7, type: 'audio/flac' })
}

function itemOf(file: File, change: Partial<Item> = {}): Item {
  const facts = { name: file.name, folder: '', sizeBytes: file.size, modifiedMs: 7, type: file.type }
  return { ...newItem('a', facts, { hold: false }), ...change }
}

/** A server that keeps what comes, part by part; `there` has come before. */
function site({ partBytes = null as number | null, there = [] as number[] } = {}) {
  const stored = new Map<string, number>()
  const saved: unknown[] = []
  const wire = {
    begin: vi.fn(async () => ({
      uploadId: 'up',
      trackId: 't',
      partBytes,
      address: partBytes === null ? { url: 'first', headers: {} } : null,
    })),
    address: vi.fn(async () => ({ url: 'again', headers: {} })),
    listParts: vi.fn(async () => there.map((number) => ({ number, sizeBytes: PART }))),
    signPart: vi.fn(async (_: string, number: number) => ({ url: `part ${number}`, headers: {} })),
    saveTags: vi.fn(async (_: string, tags: unknown) => void saved.push(tags)),
    complete: vi.fn(async () => WORD),
    put: vi.fn(async ({ url }: { url: string }, bytes: Blob) => void stored.set(url, bytes.size)),
  } satisfies Wire
  return { wire, stored, saved }
}

function reportOn(item: Item) {
  const said = { sent: [] as number[], begun: vi.fn(), arrived: vi.fn() }
  const report: Report = {
    begun: said.begun,
    progressed: (sentBytes) => void said.sent.push(sentBytes),
    sent: said.arrived,
    current: () => item,
  }
  return { said, report }
}

const on = () => new AbortController().signal

describe('a small file', () => {
  it('goes in one piece to the address it was given, and is completed', async () => {
    const file = fileOf(5)
    const item = itemOf(file)
    const { wire, stored } = site()
    const { said, report } = reportOn(item)
    expect(await transfer(item, file, wire, report, on())).toBe(WORD)
    expect(wire.begin).toHaveBeenCalledWith(
      expect.objectContaining({ filename: 'a.flac', sizeBytes: 5, contentType: 'audio/flac' }),
      'a-1',
      expect.anything(),
    )
    expect([...stored]).toEqual([['first', 5]])
    expect(said.begun).toHaveBeenCalledWith({ uploadId: 'up', trackId: 't', partBytes: null })
  })

  it('says its digest, so that damage on the way is noticed', async () => {
    const file = fileOf(5)
    const { wire } = site()
    await transfer(itemOf(file), file, wire, reportOn(itemOf(file)).report, on())
    const [request] = wire.begin.mock.calls[0] as unknown as [{ sha256: string }]
    expect(request.sha256).toBe('08bb5e5d6eaac1049ede0893d30ed022b1a4d9b5b48db414871f51c9cb35283d')
  })

  it('that was begun before gets a new address', async () => {
    const file = fileOf(5)
    const item = itemOf(file, { begun: { uploadId: 'up', trackId: 't', partBytes: null } })
    const { wire, stored } = site()
    await transfer(item, file, wire, reportOn(item).report, on())
    expect(wire.begin).not.toHaveBeenCalled()
    expect([...stored]).toEqual([['again', 5]])
  })
})

describe('a large file', () => {
  const file = fileOf(45)
  const item = itemOf(file, { begun: { uploadId: 'up', trackId: 't', partBytes: PART } })

  it('goes in parts; the last is shorter', async () => {
    const { wire, stored } = site({ partBytes: PART })
    const { said, report } = reportOn(item)
    await transfer(item, file, wire, report, on())
    expect(Object.fromEntries(stored)).toEqual({
      'part 1': 10,
      'part 2': 10,
      'part 3': 10,
      'part 4': 10,
      'part 5': 5,
    })
    expect(said.sent.at(0)).toBe(0)
    expect(said.sent.at(-1)).toBe(45)
  })

  it('that was interrupted sends only what is missing, and counts what is there', async () => {
    const { wire, stored } = site({ partBytes: PART, there: [1, 3, 4] })
    const { said, report } = reportOn(item)
    await transfer(item, file, wire, report, on())
    expect([...stored.keys()].sort()).toEqual(['part 2', 'part 5'])
    expect(said.sent.at(0)).toBe(30)
    expect(said.sent.at(-1)).toBe(45)
  })

  it('stops its other parts when one fails', async () => {
    const { wire } = site({ partBytes: PART })
    const signals: AbortSignal[] = []
    wire.put.mockImplementation(async (...args: unknown[]) => {
      const [{ url }, , , signal] = args as [{ url: string }, Blob, unknown, AbortSignal]
      signals.push(signal)
      if (url === 'part 2') throw new ApiError(503, 'STORAGE_AWAY', 'Away.')
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))))
    })
    await expect(transfer(item, file, wire, reportOn(item).report, on())).rejects.toThrow('Away.')
    expect(wire.put).toHaveBeenCalledTimes(2)
    expect(signals.every(({ aborted }) => aborted)).toBe(true)
    expect(wire.complete).not.toHaveBeenCalled()
  })

  it('stops when it is told to', async () => {
    const { wire } = site({ partBytes: PART })
    const controller = new AbortController()
    wire.put.mockImplementation(async () => {
      controller.abort()
    })
    const running = transfer(item, file, wire, reportOn(item).report, controller.signal)
    await expect(running).rejects.toMatchObject({ name: 'AbortError' })
    expect(wire.complete).not.toHaveBeenCalled()
  })
})

describe('before the end', () => {
  const file = fileOf(5)

  it('tags are saved that the server does not know', async () => {
    const item = itemOf(file, { tags: { title: 'Dawn' }, tagsSaved: false })
    const { wire, saved } = site()
    await transfer(item, file, wire, reportOn(item).report, on())
    expect(saved).toEqual([{ title: 'Dawn' }])
    expect(wire.saveTags.mock.invocationCallOrder[0]!).toBeLessThan(
      wire.complete.mock.invocationCallOrder[0]!,
    )
  })

  it('a file that is held back is not completed', async () => {
    const item = itemOf(file, { hold: true })
    const { wire } = site()
    const { said, report } = reportOn(item)
    expect(await transfer(item, file, wire, report, on())).toBeNull()
    expect(said.arrived).toHaveBeenCalledOnce()
    expect(wire.complete).not.toHaveBeenCalled()
  })

  it('a file that was sent needs no more than that', async () => {
    const item = itemOf(file, {
      allSent: true,
      begun: { uploadId: 'up', trackId: 't', partBytes: null },
    })
    const { wire } = site()
    expect(await transfer(item, null, wire, reportOn(item).report, on())).toBe(WORD)
    expect(wire.put).not.toHaveBeenCalled()
  })

  it.each([
    ['is not there', null],
    ['was written to since', new File([new Uint8Array(5)], 'a.flac', { lastModified: 8 })],
    ['is another one', new File([new Uint8Array(6)], 'a.flac', { lastModified: 7 })],
  ])('a file that %s is asked for', async (_, other) => {
    const { wire } = site()
    const item = itemOf(file)
    await expect(transfer(item, other, wire, reportOn(item).report, on())).rejects.toThrow(FileGone)
    expect(wire.begin).not.toHaveBeenCalled()
  })
})
