import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { engineOnFakes, other, track } from '@/test/engine'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('another quality in the middle of a track', () => {
  it('takes over at the same place when it is ready, and not before', async () => {
    const { engine, first, second, streams, wish, statuses } = engineOnFakes()
    await engine.load(track, { play: true })
    first.arrive()
    first.reach(50)
    wish.form = 'hls'
    await engine.reopen()
    expect(streams[0]!.options).toMatchObject({ startMs: 50_000, ahead: 'start' })
    expect(first.paused).toBe(false)
    await engine.preload(other)
    first.reach(51)
    second.arrive()
    expect(second.currentTime).toBe(51)
    expect(second.paused).toBe(false)
    expect(streams).toHaveLength(1)
    expect(streams[0]!.ahead).toBe('far')
    expect(first.src).toBe('')
    expect(statuses).not.toContain('paused')
  })

  it('does not take what comes next for it', async () => {
    const { engine, first, second, open } = engineOnFakes({ lifeMs: 120_000 })
    await engine.load(track, { play: true })
    first.arrive()
    await engine.preload(other)
    let answer: () => void = () => undefined
    const opened = await open(track)
    open.mockReturnValueOnce(new Promise((resolve) => (answer = () => resolve(opened))))
    await vi.advanceTimersByTimeAsync(76_000)
    second.arrive()
    expect(first.paused).toBe(false)
    expect(second.paused).toBe(true)
    answer()
    await vi.advanceTimersByTimeAsync(0)
    second.arrive()
    expect(second.src).toBe(opened.urlAt(0))
    expect(second.paused).toBe(false)
  })

  it('is forgotten when the track begins again before it is ready', async () => {
    const { engine, first, second, streams, wish } = engineOnFakes()
    await engine.load(track, { play: true })
    first.arrive()
    first.reach(50)
    wish.form = 'hls'
    await engine.reopen()
    await engine.load(track, { play: true })
    expect(streams.map(({ options, destroyed }) => [options.startMs, destroyed])).toEqual([
      [50_000, true],
      [0, false],
    ])
    await engine.load(track, { play: true })
    first.arrive()
    second.emit('canplay')
    expect(first.paused).toBe(false)
    expect(first.currentTime).toBe(0)
  })

  it('is what was wished for last', async () => {
    const { engine, first, second, open, wish } = engineOnFakes()
    await engine.load(track, { play: true })
    first.arrive()
    wish.form = 'hls'
    await engine.reopen()
    wish.form = 'transcode'
    const reopened = engine.reopen()
    second.arrive()
    await reopened
    second.arrive()
    expect(open).toHaveBeenCalledTimes(3)
    expect(second.src).toBe('one#3@0')
    expect(second.paused).toBe(false)
  })

  it('opens in place when nothing sounds', async () => {
    const { engine, first, streams, wish } = engineOnFakes()
    await engine.load(track, { positionMs: 50_000, play: false })
    first.arrive()
    wish.form = 'hls'
    await engine.reopen()
    expect(streams[0]!.options).toMatchObject({ startMs: 50_000, audio: first })
    expect(first.paused).toBe(true)
  })

  it('goes on as it was when the new form does not work, and tries the one after it', async () => {
    const { engine, first, second, streams, wish, open } = engineOnFakes()
    await engine.load(track, { play: true })
    first.arrive()
    wish.form = 'hls'
    await engine.reopen()
    wish.form = 'transcode'
    streams[0]!.options.onBroken('form')
    expect(first.paused).toBe(false)
    await vi.advanceTimersByTimeAsync(10)
    expect(open).toHaveBeenLastCalledWith(track, { fresh: true, skip: 1 })
    second.arrive()
    expect(second.src).toBe('one#3+@0')
    expect(second.paused).toBe(false)
  })

  it('goes on with what was there when the server cannot be asked', async () => {
    const { engine, first, open } = engineOnFakes()
    await engine.load(track, { play: true })
    first.arrive()
    open.mockRejectedValueOnce(new TypeError('no network'))
    await engine.reopen()
    expect(first.paused).toBe(false)
    await engine.preload(other)
    expect(open).toHaveBeenLastCalledWith(other)
  })
})

describe('an original on a poor line', () => {
  it('is blamed for pauses in the middle, and for none that a listener causes', async () => {
    const { engine, first, line } = engineOnFakes()
    await engine.load(track, { play: true })
    first.emit('waiting')
    first.arrive()
    await engine.seek(90_000)
    first.emit('waiting')
    first.emit('playing')
    expect(line.stalled).not.toHaveBeenCalled()
    first.emit('waiting')
    first.emit('waiting')
    expect(line.stalled).toHaveBeenCalledOnce()
  })

  it('makes way for what adapts', async () => {
    const { engine, first, second, streams, wish, line } = engineOnFakes()
    await engine.load(track, { play: true })
    first.arrive()
    first.reach(20)
    wish.form = 'hls'
    line.stalled.mockReturnValue(true)
    first.emit('waiting')
    await vi.advanceTimersByTimeAsync(0)
    expect(streams[0]!.options.startMs).toBe(20_000)
    second.arrive()
    expect(second.paused).toBe(false)
  })
})
