import { beforeEach, describe, expect, it, vi } from 'vitest'
import { makeTrack } from '@/test/fixtures'
import type { Quality } from './formats'
import { Sources } from './sources'

const PLAYS = ['audio/mpeg', 'audio/flac', 'audio/ogg; codecs="opus"', 'audio/mp4; codecs="mp4a.40.2"']
const canPlay = (type: string) => (PLAYS.includes(type) ? 'probably' : '')
let quality: Quality
let lifeMs: number
const sign = vi.fn((trackId: string) =>
  Promise.resolve({
    direct: `/stream/${trackId}?sig=${sign.mock.calls.length}`,
    hls: null,
    expiresAt: new Date(Date.now() + lifeMs).toISOString(),
  }),
)
const open = (codec: string, change: { mime?: string; bitRateKbps?: number } = {}) =>
  new Sources(sign, canPlay, () => quality).open(makeTrack({ id: 't', codec, ...change }))

beforeEach(() => {
  quality = 'original'
  lifeMs = 3_600_000
  sign.mockClear()
})

describe('the form of a stream', () => {
  it('is the original where the browser plays it', async () => {
    expect((await open('mp3')).urlAt(5_000)).toBe('/stream/t?sig=1')
    expect((await open('flac')).transcoded).toBe(false)
    expect((await open('aac', { mime: 'audio/mp4' })).transcoded).toBe(false)
  })

  it('is a rendition where it does not, also when it plays the container', async () => {
    const alac = await open('alac', { mime: 'audio/mp4' })
    expect(alac.urlAt(0)).toBe('/stream/t?sig=1&format=opus&bitRateKbps=192')
    expect(alac.urlAt(61_000.4)).toBe('/stream/t?sig=1&format=opus&bitRateKbps=192&offsetMs=61000')
    expect((await open('wma', { mime: 'audio/x-ms-wma' })).transcoded).toBe(true)
  })

  it('is smaller when the listener saves data, unless the original is small already', async () => {
    quality = 'saver'
    expect((await open('flac')).urlAt(0)).toContain('format=opus&bitRateKbps=96')
    expect((await open('opus', { bitRateKbps: 96 })).transcoded).toBe(false)
  })

  it('falls back to what the browser has', async () => {
    const none = new Sources(
      sign,
      () => '',
      () => 'original',
    )
    expect((await none.open(makeTrack({ id: 't', codec: 'wma' }))).urlAt(0)).toContain(
      'format=mp3&bitRateKbps=320',
    )
  })
})

describe('the signed URL', () => {
  const track = makeTrack({ id: 't' })
  it('is asked for once while it holds', async () => {
    const sources = new Sources(sign, canPlay, () => quality)
    await Promise.all([sources.open(track), sources.open(track)])
    await sources.open(track)
    expect(sign).toHaveBeenCalledOnce()
    await sources.open(track, { fresh: true })
    expect(sign).toHaveBeenCalledTimes(2)
  })

  it('is asked for again near its end, and after a failure', async () => {
    const sources = new Sources(sign, canPlay, () => quality)
    lifeMs = 30_000
    await sources.open(track)
    sign.mockRejectedValueOnce(new TypeError('no network'))
    await expect(sources.open(track)).rejects.toThrow('no network')
    await sources.open(track)
    expect(sign).toHaveBeenCalledTimes(3)
  })
})
