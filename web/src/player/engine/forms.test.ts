import { describe, expect, it } from 'vitest'
import { makeTrack } from '@/test/fixtures'
import { formsFor, type Browser, type Form } from './forms'
import type { Quality } from './formats'

const browser: Browser = { canPlayType: (type) => (type.includes('alac') ? '' : 'probably'), hls: 'script' }
const HOME = { near: true, saveData: false, bears: (_kbps: number) => false }
const AWAY = { ...HOME, near: false }
const TRACKS = {
  flac: makeTrack({ id: 't', codec: 'flac', bitRateKbps: 900 }),
  alac: makeTrack({ id: 't', codec: 'alac', mime: 'audio/mp4', bitRateKbps: 900 }),
  wav: makeTrack({ id: 't', codec: 'pcm_s16le', mime: 'audio/wav', bitRateKbps: 1411 }),
  mp3: makeTrack({ id: 't', codec: 'mp3', bitRateKbps: 320 }),
  small: makeTrack({ id: 't', codec: 'opus', bitRateKbps: 64 }),
}

const worded = (form: Form) =>
  form.kind === 'hls'
    ? `hls ${form.rungs}`
    : form.kind === 'transcode'
      ? `${form.format} ${form.bitRateKbps}`
      : 'original'
const first = (codec: keyof typeof TRACKS, quality: Quality, line = AWAY, on = browser) =>
  worded(formsFor(TRACKS[codec], quality, line, on)[0]!)

describe('what a listener gets', () => {
  it.each([
    ['flac', 'original', 'hls adaptive'],
    ['mp3', 'original', 'hls adaptive'],
    ['alac', 'hls adaptive', 'hls adaptive'],
    ['small', 'original', 'hls adaptive'],
  ] as const)('auto, %s: %s at home, %s away', (codec, home, away) => {
    expect(first(codec, 'auto', HOME)).toBe(home)
    expect(first(codec, 'auto', AWAY)).toBe(away)
  })

  it.each([
    ['flac', 'hls lowest', 'hls best-lossy', 'hls lossless'],
    ['wav', 'hls lowest', 'hls best-lossy', 'original'],
    ['mp3', 'hls lowest', 'hls best-lossy', 'original'],
    ['alac', 'hls lowest', 'hls best-lossy', 'flac 0'],
    ['small', 'original', 'hls best-lossy', 'original'],
  ] as const)('%s away: %s to save data, %s for high, %s for lossless', (codec, saver, high, lossless) => {
    expect(first(codec, 'data-saver')).toBe(saver)
    expect(first(codec, 'high')).toBe(high)
    expect(first(codec, 'lossless')).toBe(lossless)
  })

  it('is no more than was asked for at home either', () => {
    expect(first('flac', 'high', HOME)).toBe('hls best-lossy')
    expect(first('mp3', 'high', HOME)).toBe('original')
    expect(first('mp3', 'data-saver', HOME)).toBe('hls lowest')
    expect(first('flac', 'lossless', HOME)).toBe('original')
  })

  it('is not encoded a second time where the line has shown that it bears the original', () => {
    const proven = { ...AWAY, bears: (kbps: number) => kbps < 400 }
    expect(first('mp3', 'auto', proven)).toBe('original')
    expect(first('mp3', 'high', proven)).toBe('original')
    expect(first('flac', 'auto', { ...AWAY, bears: () => true })).toBe('hls adaptive')
  })

  it('is the least when the browser asks all sites to save data, unless more is asked for here', () => {
    const saving = { ...HOME, saveData: true }
    expect(first('flac', 'auto', saving)).toBe('hls lowest')
    expect(first('flac', 'high', saving)).toBe('hls best-lossy')
  })
})

describe('what stands in for it', () => {
  it('is every other way there is', () => {
    const all = (codec: keyof typeof TRACKS, line: typeof HOME, on = browser) =>
      formsFor(TRACKS[codec], 'auto', line, on).map(worded)
    expect(all('flac', HOME)).toEqual(['original', 'hls adaptive', 'opus 192'])
    expect(all('flac', AWAY)).toEqual(['hls adaptive', 'opus 192', 'original'])
    expect(all('alac', AWAY)).toEqual(['hls adaptive', 'opus 192'])
    expect(all('flac', AWAY, { ...browser, hls: null })).toEqual(['opus 192', 'original'])
  })

  it('is what the browser has', () => {
    const none = { canPlayType: () => '', hls: null }
    expect(first('flac', 'auto', AWAY, none)).toBe('mp3 320')
    expect(first('flac', 'data-saver', AWAY, none)).toBe('mp3 128')
    const aac = { canPlayType: (type: string) => (type === 'audio/aac' ? 'maybe' : ''), hls: null }
    expect(first('flac', 'high', AWAY, aac)).toBe('aac 256')
  })
})
