import { beforeEach, describe, expect, it, vi } from 'vitest'
import { makeTrack, makeTracks } from '@/test/fixtures'
import type { Track } from '@/lib/api/types'
import type { EngineListener } from './engine/contract'
import { Player } from './player'
import { createPlayerStore, nowPlaying } from './store'

let listener: EngineListener
let player: Player
const log = {
  opened: vi.fn(),
  playing: vi.fn(),
  paused: vi.fn(),
  seeked: vi.fn(),
  progressed: vi.fn(),
  left: vi.fn(),
  completed: vi.fn(),
}
const engine = {
  track: null as Track | null,
  load: vi.fn((track: Track) => {
    engine.track = track
    return Promise.resolve()
  }),
  play: vi.fn(() => Promise.resolve()),
  pause: vi.fn(),
  preload: vi.fn(() => Promise.resolve()),
  reopen: vi.fn(() => Promise.resolve()),
  seek: vi.fn(() => Promise.resolve()),
  setVolume: vi.fn(),
  stop: vi.fn(() => {
    engine.track = null
  }),
}
const state = () => player.store.getState()
const current = () => nowPlaying(state())?.id ?? null

beforeEach(() => {
  vi.clearAllMocks()
  engine.track = null
  player = new Player({
    store: createPlayerStore(),
    log,
    describe: () => 'Because.',
    random: () => 0,
    createEngine: (given) => {
      listener = given
      return engine
    },
  })
})

describe('the order of things', () => {
  it('plays a list from the chosen track to the end, then stands still', () => {
    player.playTracks(makeTracks('abc'), { start: 1 })
    expect(engine.load).toHaveBeenLastCalledWith(expect.objectContaining({ id: 'b' }), {
      positionMs: 0,
      play: true,
    })
    listener.onEnded()
    expect(current()).toBe('c')
    listener.onEnded()
    expect(current()).toBe('c')
    expect(engine.stop).toHaveBeenCalledOnce()
    expect(state().status).toBe('paused')
  })

  it('begins again after the end', () => {
    player.playTracks(makeTracks('a'))
    listener.onEnded()
    player.play()
    expect(engine.load).toHaveBeenCalledTimes(2)
  })

  it('repeats the queue, or the track', () => {
    player.playTracks(makeTracks('ab'), { start: 1 })
    player.cycleRepeat()
    listener.onEnded()
    expect(current()).toBe('a')
    player.cycleRepeat()
    listener.onEnded()
    expect(current()).toBe('a')
    player.next()
    expect(current()).toBe('b')
  })

  it('starts a track over before it goes to the previous one', () => {
    player.playTracks(makeTracks('ab'), { start: 1 })
    listener.onProgress(10_000, 20_000)
    player.previous()
    expect(current()).toBe('b')
    expect(engine.seek).toHaveBeenLastCalledWith(0)
    player.previous()
    expect(current()).toBe('a')
  })

  it('does not begin with a file that is missing', () => {
    player.playTracks([makeTrack({ id: 'gone', present: false }), makeTrack({ id: 'here' })], { start: 0 })
    expect(current()).toBe('here')
  })

  it('picks any first track when it shuffles without being told one', () => {
    player.playTracks(makeTracks('abcd'), { shuffle: true })
    expect(state().queue.items).toHaveLength(4)
    expect(state().shuffle).toBe(true)
    player.playTracks(makeTracks('abcd'), { start: 2 })
    expect(current()).toBe('c')
    expect(state().queue.index).toBe(0)
  })

  it('plays the first thing that is queued into silence', () => {
    player.addToQueue(makeTracks('ab'))
    expect(engine.load).toHaveBeenCalledOnce()
    player.addToQueue(makeTracks('c'))
    expect(engine.load).toHaveBeenCalledOnce()
  })

  it('goes on with the next when what plays is taken out', () => {
    player.playTracks(makeTracks('ab'), { start: 0 })
    listener.onStatus('playing')
    player.remove(state().queue.items[0]!.id)
    expect(current()).toBe('b')
    expect(engine.load).toHaveBeenLastCalledWith(expect.objectContaining({ id: 'b' }), {
      positionMs: 0,
      play: true,
    })
    player.remove(state().queue.items[0]!.id)
    expect(engine.stop).toHaveBeenCalledOnce()
    expect(current()).toBeNull()
  })
})

describe('what a listener does', () => {
  it('takes up a restored queue where it was', () => {
    player.store.setState({
      queue: { items: [{ id: '1', track: makeTrack({ id: 'a' }) }], index: 0, unshuffled: null },
      positionMs: 61_000,
      status: 'paused',
    })
    player.toggle()
    expect(engine.load).toHaveBeenCalledWith(expect.objectContaining({ id: 'a' }), {
      positionMs: 61_000,
      play: true,
    })
  })

  it('keeps a seek inside the track', () => {
    player.playTracks(makeTracks('a'))
    player.seekBy(-5_000)
    expect(engine.seek).toHaveBeenLastCalledWith(0)
    player.seek(999_000)
    expect(engine.seek).toHaveBeenLastCalledWith(180_000)
  })

  it('unmutes when the volume is moved', () => {
    player.toggleMute()
    expect(engine.setVolume).toHaveBeenLastCalledWith(0.8, true, 'off')
    player.setVolume(1.4)
    expect(engine.setVolume).toHaveBeenLastCalledWith(1, false, 'off')
  })

  it('has the next track ready shortly before the end', () => {
    player.playTracks(makeTracks('ab'), { start: 0 })
    listener.onProgress(100_000, 120_000)
    expect(engine.preload).not.toHaveBeenCalled()
    listener.onProgress(160_000, 180_000)
    expect(engine.preload).toHaveBeenLastCalledWith(expect.objectContaining({ id: 'b' }))
  })
})

describe('what is told', () => {
  it('tells the log of a play and of its end', () => {
    player.playTracks(makeTracks('ab'), { start: 0 })
    listener.onStatus('playing')
    listener.onProgress(1_000, 2_000)
    expect(log.progressed).toHaveBeenLastCalledWith(1_000)
    player.next()
    expect(log.left).toHaveBeenLastCalledWith(1_000)
    listener.onEnded()
    expect(log.completed).toHaveBeenCalledOnce()
  })

  it('passes over a track that fails and says why, but not over a whole queue', () => {
    player.playTracks(makeTracks('abcdef'), { start: 0 })
    listener.onFailed(new Error('no'))
    expect(current()).toBe('b')
    listener.onFailed(new Error('no'))
    listener.onFailed(new Error('no'))
    expect(current()).toBe('c')
    expect(state().problem).toBe('“Track c” would not play. Because.')
  })
})
