import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { engineOnFakes, other, track } from '@/test/engine'
import { ranges } from '@/test/fake-audio'
import { makeTrack } from '@/test/fixtures'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('playing', () => {
  it('loads a track and plays it', async () => {
    const { engine, first, statuses } = engineOnFakes()
    await engine.load(track, { play: true })
    first.arrive()
    expect(first.src).toBe('one#1')
    expect(statuses).toEqual(['loading', 'playing'])
  })

  it('stays silent when loaded without playing', async () => {
    const { engine, first, statuses } = engineOnFakes()
    await engine.load(track, { positionMs: 20_000, play: false })
    first.arrive()
    expect(first.paused).toBe(true)
    expect(first.currentTime).toBe(20)
    expect(statuses.at(-1)).toBe('paused')
  })

  it('pauses when the browser wants a click first', async () => {
    const { engine, first, statuses } = engineOnFakes()
    first.refusesToPlay = true
    await engine.load(track, { play: true })
    await Promise.resolve()
    expect(statuses.at(-1)).toBe('paused')
  })

  it('notices a pause from outside, such as unplugged headphones', async () => {
    const { engine, first, statuses } = engineOnFakes()
    await engine.load(track, { play: true })
    first.arrive()
    first.pause()
    await Promise.resolve()
    expect(statuses.at(-1)).toBe('paused')
  })

  it('goes from one track to another without stopping', async () => {
    const { engine, first, statuses } = engineOnFakes()
    await engine.load(track, { play: true })
    first.arrive()
    await engine.load(other, { play: true })
    first.emit('pause')
    first.arrive()
    expect(first.src).toBe('two#2')
    expect(first.paused).toBe(false)
    expect(statuses).toEqual(['loading', 'playing', 'loading', 'playing'])
  })

  it('forgets a load that another has overtaken', async () => {
    const { engine, first } = engineOnFakes()
    const slow = engine.load(track, { play: true })
    await engine.load(other, { play: true })
    await slow
    expect(first.loads).toEqual(['two#2'])
  })

  it('turns a loud track down by its gain, and never up', async () => {
    const { engine, first } = engineOnFakes()
    const loud = makeTrack({ id: 'loud', replayGain: { ...track.replayGain, trackGainDb: -6 } })
    const quiet = makeTrack({ id: 'quiet', replayGain: { ...track.replayGain, trackGainDb: 6 } })
    engine.setVolume(0.8, false, 'track')
    await engine.load(loud, { play: true })
    expect(first.volume).toBeCloseTo(0.8 * 0.501, 3)
    await engine.load(quiet, { play: true })
    expect(first.volume).toBe(0.8)
    engine.setVolume(0.8, true, 'track')
    expect(first.volume).toBe(0)
  })
})

describe('what comes next', () => {
  it('changes over to the other deck without asking again', async () => {
    const { engine, first, second, open, listener } = engineOnFakes()
    await engine.load(track, { play: true })
    first.arrive()
    await engine.preload(other)
    second.arrive()
    first.finish()
    expect(listener.onEnded).toHaveBeenCalledOnce()
    await engine.load(other, { play: true })
    expect(open).toHaveBeenCalledTimes(2)
    expect(second.paused).toBe(false)
    expect(first.src).toBe('')
  })

  it('asks once for a track that it has ready', async () => {
    const { engine, open } = engineOnFakes()
    await engine.load(track, { play: true })
    await engine.preload(other)
    await engine.preload(other)
    expect(open).toHaveBeenCalledTimes(2)
  })
})

describe('seeking', () => {
  it('moves within an original', async () => {
    const { engine, first } = engineOnFakes()
    await engine.load(track, { play: true })
    first.arrive()
    await engine.seek(90_000)
    expect(first.currentTime).toBe(90)
    expect(first.loads).toHaveLength(1)
  })

  it('opens a transcode anew at a place it does not have', async () => {
    const { engine, first, listener } = engineOnFakes({ form: 'transcode' })
    await engine.load(track, { play: true })
    first.arrive()
    first.seekable = ranges([0, 10])
    await engine.seek(8_000)
    expect(first.currentTime).toBe(8)
    await engine.seek(90_000)
    first.arrive()
    expect(first.src).toBe('one#2@90000')
    first.reach(2)
    expect(listener.onProgress).toHaveBeenLastCalledWith(92_000, 92_000)
  })
})
