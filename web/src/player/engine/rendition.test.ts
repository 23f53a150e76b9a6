import { describe, expect, it } from 'vitest'
import type { Track } from '@/lib/api/types'
import { makeTrack } from '@/test/fixtures'
import type { Form } from './forms'
import { describeRendition, renditionOf, renditionOfRung } from './rendition'
import { rungsToKeep } from './rungs'

describe('what is heard, in words', () => {
  const flac = makeTrack({ id: 't', codec: 'flac', bitRateKbps: 900 })
  const mp3 = makeTrack({ id: 't' })
  it.each<[string, Track, Form]>([
    ['FLAC lossless · original', flac, { kind: 'original' }],
    ['MP3 320 kbit/s · original', mp3, { kind: 'original' }],
    ['MP3 · original', makeTrack({ id: 't', bitRateKbps: 0 }), { kind: 'original' }],
    ['Opus 96 kbit/s · transcode', mp3, { kind: 'transcode', format: 'opus', bitRateKbps: 96 }],
    ['FLAC lossless · transcode', flac, { kind: 'transcode', format: 'flac', bitRateKbps: 0 }],
    ['FLAC lossless · HLS', flac, { kind: 'hls', rungs: 'lossless' }],
    ['AAC · HLS', mp3, { kind: 'hls', rungs: 'lossless' }],
    ['AAC · HLS', flac, { kind: 'hls', rungs: 'adaptive' }],
  ])('%s', (words, track, form) => {
    expect(describeRendition(renditionOf(track, form))).toBe(words)
  })

  it.each([
    ['http://host/api/v1/stream/0198/aac128/index.m3u8?sig=a/b', 'AAC 128 kbit/s · HLS'],
    ['/stream/0198/flac/index.m3u8', 'FLAC lossless · HLS'],
  ])('comes from the address of the rung', (url, words) => {
    const rendition = renditionOfRung(url)
    expect(rendition === null ? null : describeRendition(rendition)).toBe(words)
  })

  it('is unknown when the address does not say', () => {
    expect(renditionOfRung('http://host/index.m3u8')).toBeNull()
  })
})

describe('the rungs that are kept', () => {
  const aac = { audioCodec: 'mp4a.40.2' }
  const ladder = [aac, aac, aac, { audioCodec: 'fLaC' }]
  it.each([
    ['adaptive', [0, 1, 2]],
    ['lowest', [0]],
    ['best-lossy', [2]],
    ['lossless', [3]],
  ] as const)('%s: %o', (rungs, kept) => {
    expect(rungsToKeep(ladder, rungs)).toEqual(kept)
  })

  it('are the next best when the ladder has no such rung, and never none', () => {
    expect(rungsToKeep([aac, aac], 'lossless')).toEqual([1])
    expect(rungsToKeep([{ audioCodec: 'fLaC' }], 'lowest')).toEqual([0])
    expect(rungsToKeep([{ audioCodec: undefined }], 'adaptive')).toEqual([0])
  })
})
