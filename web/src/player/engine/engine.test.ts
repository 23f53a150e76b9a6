import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FakeAudio, ranges } from '@/test/fake-audio'
import { makeTrack } from '@/test/fixtures'
import type { Status } from './contract'
import { AudioEngine } from './engine'
import type { OpenOptions, Source } from './sources'

const HOUR_MS = 3_600_000
const track = makeTrack({ id: 'one' })
const other = makeTrack({ id: 'two' })

function setUp({ transcoded = false, lifeMs = HOUR_MS } = {}) {
  const decks: FakeAudio[] = []
  const statuses: Status[] = []
  let signed = 0
  const open = vi.fn((asked: { id: string }, options: OpenOptions = {}): Promise<Source> => {
    const name = `${asked.id}#${++signed}${options.transcode === true ? 't' : ''}`
    const urlAt = (offsetMs: number) => (transcoded ? `${name}@${offsetMs}` : name)
    return Promise.resolve({ trackId: asked.id, expiresAtMs: Date.now() + lifeMs, transcoded, urlAt })
  })
  const listener = {
    onStatus: (status: Status) => void statuses.push(status),
    onProgress: vi.fn(),
    onEnded: vi.fn(),
    onFailed: vi.fn(),
  }
  const engine = new AudioEngine({
    createAudio: () => {
      const audio = new FakeAudio()
      decks.push(audio)
      return audio
    },
    sources: { open },
    listener,
    online: () => Promise.resolve(),
  })
  return { engine, first: decks[0]!, second: decks[1]!, open, listener, statuses }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('playing', () => {
  it('loads a track and plays it', async () => {
    const { engine, first, statuses } = setUp()
    await engine.load(track, { play: true })
    first.arrive()
    expect(first.src).toBe('one#1')
    expect(statuses).toEqual(['loading', 'playing'])
  })

  it('stays silent when loaded without playing', async () => {
    const { engine, first, statuses } = setUp()
    await engine.load(track, { positionMs: 20_000, play: false })
    first.arrive()
    expect(first.paused).toBe(true)
    expect(first.currentTime).toBe(20)
    expect(statuses.at(-1)).toBe('paused')
  })

  it('pauses when the browser wants a click first', async () => {
    const { engine, first, statuses } = setUp()
    first.refusesToPlay = true
    await engine.load(track, { play: true })
    await vi.runAllTicks()
    expect(statuses.at(-1)).toBe('paused')
  })

  it('notices a pause from outside, such as unplugged headphones', async () => {
    const { engine, first, statuses } = setUp()
    await engine.load(track, { play: true })
    first.arrive()
    first.pause()
    expect(statuses.at(-1)).toBe('paused')
  })

  it('forgets a load that another has overtaken', async () => {
    const { engine, first } = setUp()
    const slow = engine.load(track, { play: true })
    await engine.load(other, { play: true })
    await slow
    expect(first.loads).toEqual(['two#2'])
  })

  it('turns a loud track down by its gain, and never up', async () => {
    const { engine, first } = setUp()
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
    const { engine, first, second, open, listener } = setUp()
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
    const { engine, open } = setUp()
    await engine.load(track, { play: true })
    await engine.preload(other)
    await engine.preload(other)
    expect(open).toHaveBeenCalledTimes(2)
  })
})

describe('seeking', () => {
  it('moves within an original', async () => {
    const { engine, first } = setUp()
    await engine.load(track, { play: true })
    first.arrive()
    await engine.seek(90_000)
    expect(first.currentTime).toBe(90)
    expect(first.loads).toHaveLength(1)
  })

  it('opens a transcode anew at a place it does not have', async () => {
    const { engine, first } = setUp({ transcoded: true })
    await engine.load(track, { play: true })
    first.arrive()
    first.seekable = ranges([0, 10])
    await engine.seek(8_000)
    expect(first.currentTime).toBe(8)
    await engine.seek(90_000)
    first.arrive()
    expect(first.src).toBe('one#2@90000')
    first.reach(2)
    expect(engine.positionMs).toBe(92_000)
  })
})

describe('when it breaks', () => {
  it('goes on at the same place with a fresh URL', async () => {
    const { engine, first, open, statuses } = setUp()
    await engine.load(track, { play: true })
    first.arrive()
    first.reach(42)
    first.break(2)
    await vi.advanceTimersByTimeAsync(6_000)
    expect(open).toHaveBeenLastCalledWith(track, { fresh: true, transcode: false })
    first.arrive()
    expect(first.currentTime).toBe(42)
    expect(statuses.slice(-3)).toEqual(['stalled', 'loading', 'playing'])
  })

  it('asks for a transcode when a fresh original cannot be decoded', async () => {
    const { engine, first } = setUp()
    await engine.load(track, { play: true })
    first.break(4)
    await vi.advanceTimersByTimeAsync(6_000)
    first.break(4)
    await vi.advanceTimersByTimeAsync(6_000)
    expect(first.src).toBe('one#3t')
  })

  it('gives up after its tries, and says so once', async () => {
    const { engine, first, listener, statuses } = setUp()
    await engine.load(track, { play: true })
    for (let i = 0; i < 5; i++) {
      first.break(2)
      await vi.advanceTimersByTimeAsync(6_000)
    }
    expect(listener.onFailed).toHaveBeenCalledOnce()
    expect(statuses.at(-1)).toBe('failed')
  })

  it('gets its tries back once it has played for a while', async () => {
    const { engine, first, listener } = setUp()
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
    const { engine, first, open } = setUp()
    await engine.load(track, { play: true })
    first.arrive()
    first.emit('waiting')
    await vi.advanceTimersByTimeAsync(16_000)
    expect(open).toHaveBeenCalledTimes(2)
  })

  it('goes on with a transcode that was cut off, and trusts the end of an original', async () => {
    const cut = setUp({ transcoded: true })
    await cut.engine.load(track, { play: true })
    cut.first.arrive()
    cut.first.reach(60)
    cut.first.finish()
    await vi.advanceTimersByTimeAsync(6_000)
    expect(cut.first.src).toBe('one#2@60000')
    expect(cut.listener.onEnded).not.toHaveBeenCalled()

    const whole = setUp()
    await whole.engine.load(track, { play: true })
    whole.first.arrive()
    whole.first.reach(60)
    whole.first.finish()
    expect(whole.listener.onEnded).toHaveBeenCalledOnce()
  })
})

describe('when the signed URL ends', () => {
  it('changes over at the same place while it plays', async () => {
    const { engine, first, second } = setUp({ lifeMs: 120_000 })
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
    const { engine, first, open } = setUp({ lifeMs: 120_000 })
    await engine.load(track, { play: true })
    first.arrive()
    first.buffered = ranges([0, 180])
    await vi.advanceTimersByTimeAsync(76_000)
    expect(open).toHaveBeenCalledOnce()
  })

  it('opens it anew when play is pressed after a long pause', async () => {
    const { engine, first } = setUp({ lifeMs: 120_000 })
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
