import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiError } from '@/lib/api/error'
import type { PlayEvent } from '@/lib/api/types'
import { makeTrack } from '@/test/fixtures'
import { PlayLog } from './play-log'

const track = makeTrack({ id: 'one' })
let sent: PlayEvent[]
let send: ReturnType<typeof vi.fn<(events: PlayEvent[], last: boolean) => Promise<void>>>
let log: PlayLog

beforeEach(() => {
  vi.useFakeTimers()
  sent = []
  send = vi.fn((events: PlayEvent[]) => {
    sent.push(...events)
    return Promise.resolve()
  })
  log = new PlayLog({ send, storage: localStorage })
})
afterEach(() => void vi.useRealTimers())

/** Hears a stretch of the track as an element reports it: four times a second. */
function hear(fromMs: number, toMs: number): void {
  for (let at = fromMs; at <= toMs; at += 250) log.progressed(at)
}

describe('a play', () => {
  it('is told from its start to its end, with what was really heard', async () => {
    log.opened(track, 0)
    log.playing(0)
    hear(0, 20_000)
    log.paused(20_000)
    log.playing(20_000)
    log.seeked(100_000)
    hear(100_000, 120_000)
    log.completed(180_000)
    await log.flush()
    expect(sent.map((event) => event.kind)).toEqual([
      'started',
      'paused',
      'resumed',
      'seeked',
      'progress',
      'completed',
    ])
    expect(sent.at(-1)).toMatchObject({ trackId: 'one', positionMs: 180_000, playedMs: 40_000 })
    expect(new Set(sent.map((event) => event.playId)).size).toBe(1)
  })

  it('is not told when it never sounded', async () => {
    log.opened(track, 0)
    log.left(0)
    await log.flush()
    expect(send).not.toHaveBeenCalled()
  })

  it('is told as skipped when it is left, and only once', async () => {
    log.opened(track, 0)
    log.playing(0)
    log.completed(180_000)
    log.left(180_000)
    await log.flush()
    expect(sent.map((event) => event.kind)).toEqual(['started', 'completed'])
  })
})

describe('sending', () => {
  it('waits a little, and sends what has gathered', async () => {
    log.opened(track, 0)
    log.playing(0)
    log.left(500)
    await vi.advanceTimersByTimeAsync(8_000)
    expect(send).toHaveBeenCalledOnce()
    expect(sent).toHaveLength(2)
  })

  it('keeps what could not be sent, also over a reload of the page', async () => {
    send.mockRejectedValue(new TypeError('no network'))
    log.opened(track, 0)
    log.playing(0)
    await log.flush()
    const later = new PlayLog({ send, storage: localStorage })
    send.mockImplementation((events) => {
      sent.push(...events)
      return Promise.resolve()
    })
    await later.flush()
    expect(sent.map((event) => event.kind)).toEqual(['started'])
    await later.flush()
    expect(sent).toHaveLength(1)
  })

  it('drops what the server calls wrong', async () => {
    send.mockRejectedValue(new ApiError(400, 'INVALID', 'No.'))
    log.opened(track, 0)
    log.playing(0)
    await log.flush()
    expect(localStorage.getItem('tutti.play-events')).toBe('[]')
  })
})
