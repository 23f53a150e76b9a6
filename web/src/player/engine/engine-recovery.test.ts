import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiError, Unreachable } from '@/lib/api/error'
import { engineOnFakes, HOUR_MS, track } from '@/test/engine'
import { ranges } from '@/test/fake-audio'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('when it breaks', () => {
  it('goes on at the same place with a fresh URL', async () => {
    const { engine, first, open, statuses } = engineOnFakes()
    await engine.load(track, { play: true })
    first.arrive()
    first.reach(42)
    first.break(2)
    await vi.advanceTimersByTimeAsync(6_000)
    expect(open).toHaveBeenLastCalledWith(track, { fresh: true, skip: 0 })
    first.arrive()
    expect(first.currentTime).toBe(42)
    expect(statuses.slice(-3)).toEqual(['stalled', 'loading', 'playing'])
  })

  it('takes the next way to play it when a fresh original cannot be decoded', async () => {
    const { engine, first } = engineOnFakes()
    await engine.load(track, { play: true })
    first.break(4)
    await vi.advanceTimersByTimeAsync(6_000)
    first.break(4)
    await vi.advanceTimersByTimeAsync(6_000)
    expect(first.src).toBe('one#3+')
  })

  it('gives up after its tries, and says so once', async () => {
    const { engine, first, listener, statuses } = engineOnFakes()
    await engine.load(track, { play: true })
    for (let i = 0; i < 5; i++) {
      first.break(2)
      await vi.advanceTimersByTimeAsync(6_000)
    }
    expect(listener.onFailed).toHaveBeenCalledOnce()
    expect(statuses.at(-1)).toBe('failed')
  })

  it('waits for a server that says when to come again, for longer than its tries last', async () => {
    const { engine, first, listener, open } = engineOnFakes()
    await engine.load(track, { play: true })
    first.arrive()
    first.reach(42)
    open.mockRejectedValue(new ApiError(503, 'UNAVAILABLE', 'Away.', {}, null, 2))
    first.break(2)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(listener.onFailed).not.toHaveBeenCalled()
    expect(open.mock.calls.length).toBeGreaterThan(25)
  })

  it('waits as long for a server that cannot be reached: it restarts', async () => {
    const { engine, first, listener, open } = engineOnFakes()
    await engine.load(track, { play: true })
    first.arrive()
    first.reach(42)
    const asked = open.getMockImplementation()
    open.mockRejectedValue(new Unreachable(new TypeError('refused')))
    first.break(2)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(listener.onFailed).not.toHaveBeenCalled()
    if (asked !== undefined) open.mockImplementation(asked)
    await vi.advanceTimersByTimeAsync(3_000)
    first.arrive()
    expect(first.currentTime).toBe(42)
    expect(first.paused).toBe(false)
  })

  it('does not wait for ever', async () => {
    const { engine, listener, open } = engineOnFakes()
    open.mockRejectedValue(new ApiError(503, 'UNAVAILABLE', 'Away.', {}, null, 2))
    void engine.load(track, { play: true })
    await vi.advanceTimersByTimeAsync(120_000)
    expect(listener.onFailed).toHaveBeenCalledOnce()
  })

  it('gets its tries back once it has played for a while', async () => {
    const { engine, first, listener } = engineOnFakes()
    await engine.load(track, { play: true })
    for (let i = 1; i <= 8; i++) {
      first.arrive()
      first.reach(i * 10)
      first.break(2)
      await vi.advanceTimersByTimeAsync(6_000)
    }
    expect(listener.onFailed).not.toHaveBeenCalled()
  })

  it('opens a stream anew that has stood still for too long', async () => {
    const { engine, first, open } = engineOnFakes()
    await engine.load(track, { play: true })
    first.arrive()
    first.emit('waiting')
    await vi.advanceTimersByTimeAsync(16_000)
    expect(open).toHaveBeenCalledTimes(2)
  })

  it('goes on with a transcode that was cut off, and trusts the end of an original', async () => {
    const cut = engineOnFakes({ form: 'transcode' })
    await cut.engine.load(track, { play: true })
    cut.first.arrive()
    cut.first.reach(60)
    cut.first.finish()
    await vi.advanceTimersByTimeAsync(6_000)
    expect(cut.first.src).toBe('one#2@60000')
    expect(cut.listener.onEnded).not.toHaveBeenCalled()

    const whole = engineOnFakes()
    await whole.engine.load(track, { play: true })
    whole.first.arrive()
    whole.first.reach(60)
    whole.first.finish()
    expect(whole.listener.onEnded).toHaveBeenCalledOnce()
  })
})

describe('when the signed URL ends', () => {
  it('changes over at the same place while it plays', async () => {
    const { engine, first, second } = engineOnFakes({ lifeMs: 120_000 })
    await engine.load(track, { play: true })
    first.arrive()
    first.reach(70)
    await vi.advanceTimersByTimeAsync(76_000)
    expect(second.src).toBe('one#2')
    expect(first.paused).toBe(false)
    first.reach(71)
    second.arrive()
    expect(second.currentTime).toBe(71)
    expect(second.paused).toBe(false)
    expect(first.src).toBe('')
  })

  it('leaves alone what is here to the end', async () => {
    const { engine, first, open } = engineOnFakes({ lifeMs: 120_000 })
    await engine.load(track, { play: true })
    first.arrive()
    first.buffered = ranges([0, 180])
    await vi.advanceTimersByTimeAsync(76_000)
    expect(open).toHaveBeenCalledOnce()
  })

  it('opens it anew when play is pressed after a long pause', async () => {
    const { engine, first } = engineOnFakes({ lifeMs: 120_000 })
    await engine.load(track, { play: true })
    first.arrive()
    first.reach(30)
    engine.pause()
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    await engine.play()
    first.arrive()
    expect(first.src).toBe('one#2')
    expect(first.currentTime).toBe(30)
  })
})
