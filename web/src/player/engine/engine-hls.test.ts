import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { engineOnFakes, other, track } from '@/test/engine'
import { ranges } from '@/test/fake-audio'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const AAC_128 = { codec: 'aac', bitRateKbps: 128, lossless: false, via: 'HLS' } as const

describe('HLS on two decks', () => {
  it('loads far ahead of what is heard, and the beginning of what comes next', async () => {
    const { engine, first, second, streams, listener } = engineOnFakes({ form: 'hls' })
    await engine.load(track, { positionMs: 30_000, play: true })
    expect(streams[0]!.options).toMatchObject({ startMs: 30_000, ahead: 'far' })
    first.arrive()
    expect(first.currentTime).toBe(30)
    await engine.preload(other)
    expect(streams[1]!.ahead).toBe('start')
    second.arrive()
    first.finish()
    expect(listener.onEnded).toHaveBeenCalledOnce()
    await engine.load(other, { play: true })
    expect(second.paused).toBe(false)
    expect(streams.map(({ ahead, destroyed }) => [ahead, destroyed])).toEqual([
      ['far', true],
      ['far', false],
    ])
  })

  it('moves in a track to what is not here yet', async () => {
    const { engine, first, streams } = engineOnFakes({ form: 'hls' })
    await engine.load(track, { play: true })
    await engine.seek(60_000)
    first.arrive()
    expect(first.currentTime).toBe(60)
    first.seekable = ranges([0, 10])
    await engine.seek(150_000)
    expect(first.currentTime).toBe(150)
    expect(streams).toHaveLength(1)
  })

  it('tells which rung is heard, once that is known', async () => {
    const { engine, streams, listener } = engineOnFakes({ form: 'hls' })
    await engine.load(track, { play: true })
    expect(listener.onRendition).toHaveBeenLastCalledWith({ ...AAC_128, bitRateKbps: null })
    streams[0]!.rendition = AAC_128
    streams[0]!.options.onRendition()
    expect(listener.onRendition).toHaveBeenLastCalledWith(AAC_128)
    engine.stop()
    expect(listener.onRendition).toHaveBeenLastCalledWith(null)
    expect(streams[0]!.destroyed).toBe(true)
  })

  it('is never opened anew for the sake of its signature', async () => {
    const { engine, first, open } = engineOnFakes({ form: 'hls' })
    await engine.load(track, { play: true })
    first.arrive()
    engine.pause()
    await vi.advanceTimersByTimeAsync(100 * 24 * 3_600_000)
    await engine.play()
    expect(open).toHaveBeenCalledOnce()
  })
})

describe('HLS that fails', () => {
  it('makes way at once for the next form when it does not work at all', async () => {
    const { engine, first, streams, open } = engineOnFakes({ form: 'hls' })
    await engine.load(track, { play: true })
    first.arrive()
    first.reach(42)
    streams[0]!.options.onBroken('form')
    streams[0]!.options.onBroken('undecodable')
    await vi.advanceTimersByTimeAsync(10)
    expect(open).toHaveBeenCalledTimes(2)
    expect(open).toHaveBeenLastCalledWith(track, { fresh: true, skip: 1 })
    expect(streams[1]!.options.startMs).toBe(42_000)
    expect(streams[0]!.destroyed).toBe(true)
  })

  it('plays on an element that has failed before', async () => {
    const { engine, first, streams, wish } = engineOnFakes()
    await engine.load(track, { play: true })
    wish.form = 'hls'
    first.break(4)
    await vi.advanceTimersByTimeAsync(10)
    expect(first.error).toBeNull()
    first.load() // As hls.js does when its source is put in.
    first.arrive()
    expect(first.paused).toBe(false)
    expect(streams).toHaveLength(1)
  })

  it('is tried again before another form when the server is busy or the network is gone', async () => {
    const { engine, streams, open } = engineOnFakes({ form: 'hls' })
    await engine.load(track, { play: true })
    const skipped = []
    for (const cause of ['busy', 'busy', 'network'] as const) {
      streams.at(-1)!.options.onBroken(cause)
      await vi.advanceTimersByTimeAsync(6_000)
      skipped.push(open.mock.lastCall?.[1]?.skip)
    }
    expect(skipped).toEqual([0, 1, 1])
  })

  it('is waited for while the stream itself asks again', async () => {
    const { engine, first, streams, open } = engineOnFakes({ form: 'hls' })
    await engine.load(track, { play: true })
    first.arrive()
    streams[0]!.waiting = true
    first.emit('waiting')
    await vi.advanceTimersByTimeAsync(40_000)
    expect(open).toHaveBeenCalledOnce()
    streams[0]!.waiting = false
    await vi.advanceTimersByTimeAsync(16_000)
    expect(open).toHaveBeenCalledTimes(2)
  })

  it('does not play a next track that has broken before its time', async () => {
    const { engine, first, streams, open, statuses } = engineOnFakes({ form: 'hls' })
    await engine.load(track, { play: true })
    first.arrive()
    await engine.preload(other)
    streams[1]!.options.onBroken('network')
    await engine.preload(other)
    expect(open).toHaveBeenCalledTimes(2)
    expect(statuses.at(-1)).toBe('playing')
    await engine.load(other, { play: true })
    expect(open).toHaveBeenCalledTimes(3)
    expect(first.paused).toBe(false)
  })
})
