import { beforeEach, describe, expect, it, vi } from 'vitest'
import { makeTrack } from '@/test/fixtures'
import type { Browser } from './forms'
import type { Quality } from './formats'
import { Sources } from './sources'

const PLAYS = ['audio/mpeg', 'audio/flac', 'audio/ogg; codecs="opus"', 'audio/mp4; codecs="mp4a.40.2"']
const canPlayType = (type: string) => (PLAYS.includes(type) ? 'probably' : '')
const HOME = { near: true, saveData: false, bears: () => false }
const AWAY = { ...HOME, near: false }
let quality: Quality
let lifeMs: number
let hls: string | null
const sign = vi.fn((trackId: string) =>
  Promise.resolve({
    direct: `/stream/${trackId}?sig=${sign.mock.calls.length}`,
    hls: hls === null ? null : `${hls}?sig=${sign.mock.calls.length}`,
    waveform: null,
    expiresAt: new Date(Date.now() + lifeMs).toISOString(),
  }),
)
const sourcesOf = (change: Partial<Browser> = {}, line = HOME) =>
  new Sources({ sign, browser: { canPlayType, hls: 'script', ...change }, quality: () => quality, line })
const track = makeTrack({ id: 't' })
const flac = makeTrack({ id: 't', codec: 'flac', bitRateKbps: 900 })
const wma = makeTrack({ id: 't', codec: 'wma', mime: 'audio/x-ms-wma' })

beforeEach(() => {
  quality = 'auto'
  lifeMs = 3_600_000
  hls = null
  sign.mockClear()
})

describe('the address of a form', () => {
  it('is that of the original wherever one starts in it', async () => {
    const source = await sourcesOf().open(track)
    expect(source.urlAt(5_000)).toBe('/stream/t?sig=1')
  })

  it('says what a transcode is to be, and where it starts', async () => {
    const source = await sourcesOf().open(wma)
    expect(source.urlAt(0)).toBe('/stream/t?sig=1&format=opus&bitRateKbps=192')
    expect(source.urlAt(61_000.4)).toBe('/stream/t?sig=1&format=opus&bitRateKbps=192&offsetMs=61000')
  })

  it('is that of the master playlist, or of the lowest rung where the browser would choose', async () => {
    hls = 'http://host/t/master.m3u8'
    quality = 'data-saver'
    expect((await sourcesOf().open(flac)).urlAt(9)).toBe('http://host/t/master.m3u8?sig=1')
    const native = await sourcesOf({ hls: 'native' }).open(flac)
    expect(native.urlAt(9)).toBe('http://host/t/aac64/index.m3u8?sig=2')
    expect(native.signed).toBeNull()
    expect(native.expiresAtMs).toBeLessThan(Infinity)
  })

  it('passes over HLS where the server has none, and over what has failed', async () => {
    expect((await sourcesOf({}, AWAY).open(flac)).form.kind).toBe('transcode')
    hls = 'http://host/t/master.m3u8'
    const sources = sourcesOf({}, AWAY)
    const kinds = await Promise.all([0, 1, 2, 3].map((skip) => sources.open(flac, { skip, fresh: true })))
    expect(kinds.map((source) => source.form.kind)).toEqual(['hls', 'transcode', 'original', 'hls'])
  })
})

describe('the signed URL', () => {
  it('is asked for once while it holds', async () => {
    const sources = sourcesOf()
    await Promise.all([sources.open(track), sources.open(track)])
    await sources.open(track)
    expect(sign).toHaveBeenCalledOnce()
    await sources.open(track, { fresh: true })
    expect(sign).toHaveBeenCalledTimes(2)
  })

  it('is asked for again near its end, and after a failure', async () => {
    const sources = sourcesOf()
    lifeMs = 30_000
    await sources.open(track)
    sign.mockRejectedValueOnce(new TypeError('no network'))
    await expect(sources.open(track)).rejects.toThrow('no network')
    await sources.open(track)
    expect(sign).toHaveBeenCalledTimes(3)
  })

  it('is put into the addresses of HLS while it holds, and renewed when it ends or is refused', async () => {
    hls = 'http://host/t/master.m3u8'
    const { signed, expiresAtMs } = await sourcesOf({}, AWAY).open(flac)
    const segment = 'http://host/t/aac128/7.m4s?sig=old&x=1'
    expect(expiresAtMs).toBe(Infinity)
    expect(await signed?.(segment, false)).toBe('http://host/t/aac128/7.m4s?sig=1&x=1')
    expect(await signed?.(segment, true)).toBe('http://host/t/aac128/7.m4s?sig=2&x=1')
    expect(await signed?.('http://bucket/7.m4s?X-Amz-Signature=s', false)).toBe(
      'http://bucket/7.m4s?X-Amz-Signature=s',
    )
    expect(sign).toHaveBeenCalledTimes(2)
  })
})
