import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { makeTracks } from '@/test/fixtures'
import { persistPlayer, restorePlayer } from './persistence'
import { queueOf } from './queue/queue'
import { createPlayerStore } from './store'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('brings back the queue and the place, paused', () => {
  const store = createPlayerStore()
  persistPlayer(store, localStorage)
  store.setState({
    queue: queueOf(makeTracks('abc'), 1, null),
    positionMs: 61_000,
    status: 'playing',
    volume: 0.3,
  })
  vi.advanceTimersByTime(2_000)
  const restored = createPlayerStore(restorePlayer(localStorage)).getState()
  expect(restored).toMatchObject({ positionMs: 61_000, status: 'paused', volume: 0.3 })
  expect(restored.queue.items.map((item) => item.track.id)).toEqual(['a', 'b', 'c'])
  expect(restored.queue.index).toBe(1)
})

it('writes at once when the page goes away', () => {
  const store = createPlayerStore()
  persistPlayer(store, localStorage)
  store.setState({ volume: 0.1 })
  window.dispatchEvent(new Event('pagehide'))
  expect(restorePlayer(localStorage).volume).toBe(0.1)
})

it('keeps what is around the playing track of a queue that is too long to keep', () => {
  const store = createPlayerStore()
  persistPlayer(store, localStorage)
  const tracks = Array.from({ length: 3_000 }, (_, at) => ({ ...makeTracks('x')[0]!, id: String(at) }))
  store.setState({ queue: queueOf(tracks, 2_000, null) })
  window.dispatchEvent(new Event('pagehide'))
  const { queue } = restorePlayer(localStorage)
  expect(queue?.items).toHaveLength(500)
  expect(queue?.items[queue.index]?.track.id).toBe('2000')
})

it.each(['', '{', 'null', '{"version":99}'])('starts anew from what it cannot read: %s', (text) => {
  localStorage.setItem('tutti.player', text)
  expect(restorePlayer(localStorage)).toEqual({})
})

it.each([
  ['saver', 'data-saver'],
  ['original', 'auto'],
  ['lossless', 'lossless'],
])('knows the quality that was called %s as %s', (before, now) => {
  localStorage.setItem(
    'tutti.player',
    JSON.stringify({ version: 1, queue: queueOf([], 0, null), quality: before }),
  )
  expect(restorePlayer(localStorage).quality).toBe(now)
})
