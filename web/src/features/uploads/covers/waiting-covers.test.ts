import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { facts, newItem, type Item } from '@/features/uploads/engine/item'
import type { Records } from '@/features/uploads/engine/records'
import { ApiError, Unreachable } from '@/lib/api/error'
import { AGAIN_MS, WaitingCovers, type WaitingCover } from './waiting-covers'

const PICTURE = new Blob(['picture'], { type: 'image/png' })
const OTHER = new Blob(['another'], { type: 'image/png' })
const SONG = { id: 'song', name: 'dawn.flac' }
const refusal = (status: number) => new ApiError(status, 'REFUSED', 'No.')

let items: Map<string, Item>
let kept: Map<string, WaitingCover>
let covers: WaitingCovers
/** What is saved is there once this has settled. */
let disk: Promise<void>
const put = vi.fn<(trackId: string, picture: Blob) => Promise<void>>()
const complain = vi.fn<(name: string, error: unknown) => void>()

function memory(): Records<WaitingCover> {
  return {
    load: async (userId) => [...kept.values()].filter((one) => one.userId === userId),
    save: async (some) => {
      some.forEach((one) => kept.set(one.id, one))
      await disk
    },
    remove: async (ids) => ids.forEach((id) => kept.delete(id)),
  }
}

async function openPage(): Promise<WaitingCovers> {
  const opened = new WaitingCovers({ put, records: memory(), itemOf: (id) => items.get(id), complain })
  await opened.start('ada', Promise.resolve())
  return opened
}

function becomes(change: Partial<Item>): void {
  const base = facts({ name: SONG.name, folder: '', sizeBytes: 5, modifiedMs: 1, type: 'audio/flac' })
  const before = items.get(SONG.id) ?? newItem(SONG.id, base, { hold: true })
  items.set(SONG.id, { ...before, ...change })
  covers.advance()
}

const begun = { uploadId: 'up', trackId: 't-1', partBytes: null }
const settled = () => vi.waitFor(() => expect(covers.store.getState().size).toBe(0))

beforeEach(async () => {
  items = new Map()
  kept = new Map()
  disk = Promise.resolve()
  put.mockReset().mockResolvedValue(undefined)
  complain.mockReset()
  covers = await openPage()
  becomes({ phase: 'held', begun })
})

afterEach(() => {
  covers.stop()
  vi.useRealTimers()
})

describe('a cover for a file that is no track yet', () => {
  it('waits until the server works on it, and is given once', async () => {
    void covers.keep([SONG], OTHER)
    void covers.keep([SONG], PICTURE)
    becomes({ phase: 'processing', share: 0 })
    expect(put).not.toHaveBeenCalled()
    becomes({ share: 0.05 })
    becomes({ share: 0.2 })
    await settled()
    expect(put.mock.calls).toEqual([['t-1', PICTURE]])
    expect(kept.size).toBe(0)
  })

  it('waits on where the track is not there yet', async () => {
    void covers.keep([SONG], PICTURE)
    put.mockRejectedValueOnce(refusal(404))
    becomes({ phase: 'processing', share: 0.05 })
    await vi.waitFor(() => expect(put).toHaveBeenCalledTimes(1))
    await Promise.resolve()
    becomes({ phase: 'ready' })
    await settled()
    expect(put).toHaveBeenCalledTimes(2)
  })

  it('stays through a lost network', async () => {
    void covers.keep([SONG], PICTURE)
    put.mockRejectedValueOnce(new Unreachable(null))
    becomes({ phase: 'ready' })
    await vi.waitFor(() => expect(put).toHaveBeenCalledTimes(1))
    await Promise.resolve()
    covers.advance()
    await settled()
    expect(complain).not.toHaveBeenCalled()
  })

  it('is given again where the file became ready while it was told that there is no track', async () => {
    vi.useFakeTimers()
    void covers.keep([SONG], PICTURE)
    let refuse = (_: unknown): void => undefined
    put.mockReturnValueOnce(new Promise((_, reject) => (refuse = reject)))
    becomes({ phase: 'processing', share: 0.05 })
    becomes({ phase: 'ready' })
    refuse(refusal(404))
    await vi.advanceTimersByTimeAsync(AGAIN_MS)
    expect(put).toHaveBeenCalledTimes(2)
    expect(covers.store.getState().size).toBe(0)
  })

  it('is given again by itself once the network is back', async () => {
    vi.useFakeTimers()
    void covers.keep([SONG], PICTURE)
    put.mockRejectedValueOnce(new Unreachable(null)).mockRejectedValueOnce(refusal(503))
    becomes({ phase: 'ready' })
    await vi.advanceTimersByTimeAsync(2 * AGAIN_MS)
    expect(put).toHaveBeenCalledTimes(3)
    expect(covers.store.getState().size).toBe(0)
  })

  it('is not given more often for being tried often', async () => {
    vi.useFakeTimers()
    void covers.keep([SONG], PICTURE)
    put.mockRejectedValue(new Unreachable(null))
    for (let tries = 0; tries < 5; tries += 1) {
      becomes({ phase: 'ready' })
      await vi.advanceTimersByTimeAsync(0)
    }
    put.mockClear()
    await vi.advanceTimersByTimeAsync(3 * AGAIN_MS)
    expect(put).toHaveBeenCalledTimes(3)
  })

  it('is not given any more once its owner has gone', async () => {
    vi.useFakeTimers()
    void covers.keep([SONG], PICTURE)
    put.mockRejectedValue(new Unreachable(null))
    becomes({ phase: 'ready' })
    await vi.advanceTimersByTimeAsync(0)
    covers.stop()
    await vi.advanceTimersByTimeAsync(2 * AGAIN_MS)
    expect(put).toHaveBeenCalledTimes(1)
  })

  it('is dropped with a word where the server refuses it', async () => {
    void covers.keep([SONG], PICTURE)
    put.mockRejectedValueOnce(refusal(413))
    becomes({ phase: 'ready' })
    await settled()
    expect(complain).toHaveBeenCalledWith('dawn.flac', refusal(413))
  })

  it('follows a file that is sent anew', async () => {
    void covers.keep([SONG], PICTURE)
    becomes({ begun: { ...begun, trackId: 't-2' }, phase: 'ready' })
    await settled()
    expect(put.mock.calls).toEqual([['t-2', PICTURE]])
  })

  it('goes with a file that was never sent', () => {
    becomes({ begun: null })
    void covers.keep([SONG], PICTURE)
    items.clear()
    covers.advance()
    expect(kept.size).toBe(0)
  })
})

describe('the next page', () => {
  it('finds all that was said to be kept', async () => {
    let written = (): void => undefined
    disk = new Promise((resolve) => (written = resolve))
    const said = vi.fn()
    const keeping = covers.keep([SONG], PICTURE).then(said)
    await new Promise((resolve) => setTimeout(resolve))
    expect(said).not.toHaveBeenCalled()
    written()
    await keeping
    expect(said).toHaveBeenCalledOnce()
  })

  it('takes up what waits', async () => {
    void covers.keep([SONG], PICTURE)
    covers.stop()
    covers = await openPage()
    becomes({ phase: 'ready' })
    await settled()
    expect(put.mock.calls).toEqual([['t-1', PICTURE]])
  })

  it('gives what the one before had published, and forgets it where nothing came of that', async () => {
    void covers.keep([SONG], PICTURE)
    covers.stop()
    items.clear()
    put.mockRejectedValueOnce(refusal(404))
    covers = await openPage()
    await settled()
    expect([put.mock.calls.length, complain.mock.calls.length, kept.size]).toEqual([1, 0, 0])
  })

  it('leaves alone what another page still sends, and another person', async () => {
    const own = { ...SONG, picture: PICTURE, userId: 'ada', trackId: null }
    kept.set('elsewhere', { ...own, id: 'elsewhere' })
    kept.set('bo', { ...own, id: 'bo', userId: 'bo', trackId: 't-9' })
    covers = await openPage()
    expect([covers.store.getState().size, put.mock.calls.length, kept.size]).toEqual([0, 0, 2])
  })
})
