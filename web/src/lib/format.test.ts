import { expect, it } from 'vitest'
import { makeTrack } from '@/test/fixtures'
import * as f from './format'

it.each([
  [0, '0:00'],
  [999, '0:00'],
  [65_400, '1:05'],
  [3_599_999, '59:59'],
  [3_723_000, '1:02:03'],
  [-5, '0:00'],
])('writes %i ms as the time %s', (ms, text) => expect(f.formatTime(ms)).toBe(text))

it.each([
  [42_000, '42 sec'],
  [38 * 60_000, '38 min'],
  [60 * 60_000, '1 hr'],
  [72 * 60_000, '1 hr 12 min'],
])('writes %i ms as the length %s', (ms, text) => expect(f.formatLength(ms)).toBe(text))

it.each([
  [0, '0 seconds'],
  [61_000, '1 minute 1 second'],
  [7_205_000, '2 hours 5 seconds'],
])('says %i ms as %s', (ms, text) => expect(f.speakTime(ms)).toBe(text))

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_500, '1.5 kB'],
  [412_345_678, '412.3 MB'],
  [3e15, '3,000 TB'],
])('writes %i bytes as %s', (bytes, text) => expect(f.formatBytes(bytes)).toBe(text))

it('counts in words', () => {
  expect(f.formatCount(1, 'album')).toBe('1 album')
  expect(f.formatCount(2040, 'album')).toBe('2,040 albums')
  expect(f.formatCount(2, 'entry', 'entries')).toBe('2 entries')
})

it('tells how long ago something was, and the day when it is long ago', () => {
  const now = Date.parse('2026-06-15T12:00:00Z')
  expect(f.formatAgo('2026-06-15T11:59:50Z', now)).toBe('just now')
  expect(f.formatAgo('2026-06-15T11:55:00Z', now)).toBe('5 minutes ago')
  expect(f.formatAgo('2026-06-14T12:00:00Z', now)).toBe('yesterday')
  expect(f.formatAgo('2026-01-02T12:00:00Z', now)).toContain('2026')
})

it('names the quality of lossless and other tracks', () => {
  expect(f.formatQuality(makeTrack({ id: 'a', codec: 'flac', bitDepth: 24, sampleRateHz: 96_000 }))).toBe(
    'FLAC 24/96',
  )
  expect(f.formatQuality(makeTrack({ id: 'a', codec: 'flac', bitDepth: null }))).toBe('FLAC 44.1')
  expect(f.formatQuality(makeTrack({ id: 'a' }))).toBe('MP3 320')
  expect(f.formatQuality(makeTrack({ id: 'a', bitRateKbps: 0 }))).toBe('MP3')
})

it.each([
  ['2024', '2024'],
  ['2024-11', 'Nov 2024'],
  ['2024-11-08', 'Nov 8, 2024'],
  ['2024-13-45', '2024-13-45'],
  ['November', 'November'],
])('writes the tag %s as the date %s', (tag, text) => expect(f.formatTagDate(tag)).toBe(text))
