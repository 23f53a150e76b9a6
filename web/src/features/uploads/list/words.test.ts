import { describe, expect, it } from 'vitest'
import { newItem, type Item } from '@/features/uploads/engine/item'
import { Speedometer } from '@/features/uploads/engine/speed'
import { changeInWords } from './announcing'
import { headline } from './queue-head'
import { canRetry, sayWork, stageOf } from './stage'
import { sayLeft, totalsOf } from './totals'

const FILE = { name: 'a.flac', folder: '', sizeBytes: 1_000_000, modifiedMs: 1, type: '' }
const BEGUN = { uploadId: 'up', trackId: 't', partBytes: null }
const item = (change: Partial<Item> = {}): Item => ({ ...newItem('a', FILE, { hold: false }), ...change })
const problem = (code: string, kind: 'ended' | 'offline' | 'final' = 'ended') => ({
  kind,
  code,
  message: 'Why.',
  retryAfterS: null,
})
const totals = (...items: Item[]) => totalsOf(items, new Map())

describe('a file', () => {
  it('says how much of it is sent, how fast, and for how long still', () => {
    const sending = item({ phase: 'sending', begun: BEGUN, sentBytes: 250_000 })
    expect(stageOf(sending, 25_000, false)).toEqual({
      words: '250 kB of 1 MB · 25 kB/s · 30 seconds left',
      tone: 'plain',
      share: 0.25,
    })
    expect(stageOf(sending, null, false).words).toBe('250 kB of 1 MB')
  })

  it.each([
    [item({ phase: 'queued' }), 'Waits for the limit'],
    [item({ phase: 'sending' }), 'Preparing'],
    [item({ phase: 'sending', begun: BEGUN, allSent: true }), 'Finishing'],
    [item({ phase: 'paused', sentBytes: 500_000 }), 'Paused · 500 kB of 1 MB'],
    [item({ phase: 'waiting', problem: problem('X', 'offline') }), 'No connection. It goes on by itself.'],
    [item({ phase: 'processing', share: 0.5 }), 'Encoding · 50%'],
    [item({ phase: 'failed', problem: problem('DAMAGED') }), 'Why. Try another copy of it.'],
    [item({ phase: 'failed', problem: problem('UPLOAD_TOO_LARGE', 'final') }), 'Why.'],
  ])('%#: says %s', (one, words) => expect(stageOf(one, null, true).words).toBe(words))

  it('is tried again only where that may help', () => {
    expect(canRetry(item({ phase: 'failed', problem: problem('DAMAGED') }))).toBe(true)
    expect(canRetry(item({ phase: 'failed', problem: problem('NOT_AUDIO') }))).toBe(false)
    expect(canRetry(item({ phase: 'ready' }))).toBe(false)
  })
})

it('the server checks, analyses and encodes', () => {
  expect([0, 0.05, 0.1, 0.25, 0.999].map(sayWork)).toEqual([
    'Waiting for the server',
    'Checking',
    'Analysing',
    'Encoding · 25%',
    'Encoding · 99%',
  ])
})

it.each([
  [4_000, 'a few seconds left'],
  [21_000, '25 seconds left'],
  [70_000, 'a minute left'],
  [600_000, '10 minutes left'],
  [3 * 3_600_000, '3 hours left'],
  [72 * 3_600_000, '3 days left'],
])('%i ms are %s', (ms, words) => expect(sayLeft(ms)).toBe(words))

describe('the whole list', () => {
  const sending = item({ phase: 'sending', sentBytes: 400_000 })

  it('adds up what will come', () => {
    const all = totalsOf(
      [sending, item({ phase: 'ready', allSent: true }), item({ phase: 'failed' })],
      new Map([['a', 300_000]]),
    )
    expect(all).toMatchObject({ unsent: 1, sentBytes: 1_400_000, allBytes: 2_000_000, leftMs: 2_000 })
  })

  it.each([
    [[sending], 'Uploading 1 file'],
    [[item({ phase: 'waiting' })], '1 file waiting'],
    [[item({ phase: 'paused' })], 'Paused'],
    [[item({ phase: 'missing' })], 'Interrupted'],
    [[item({ phase: 'held', allSent: true })], '1 file to publish'],
    [[item({ phase: 'processing', allSent: true })], 'Preparing 1 track'],
    [[item({ phase: 'ready' })], 'All done'],
  ])('%#: is %s', (items, words) => expect(headline(totals(...items))).toBe(words))

  it('tells what is new, and when all is done', () => {
    const processing = item({ phase: 'processing', allSent: true })
    expect(changeInWords(totals(), totals(sending))).toBe('1 file to upload.')
    expect(changeInWords(totals(sending), totals(sending))).toBe('')
    expect(changeInWords(totals(processing), totals(item({ phase: 'ready' })))).toBe(
      '1 track ready. All uploads are done.',
    )
  })
})

describe('a speed', () => {
  it('is that of the last seconds', () => {
    const meter = new Speedometer()
    expect(meter.bytesPerS(0)).toBeNull()
    for (let s = 0; s <= 20; s++) meter.note(s <= 10 ? s * 1_000 : 10_000 + (s - 10) * 5_000, s * 1_000)
    expect(meter.bytesPerS(20_000)).toBe(5_000)
    expect(meter.bytesPerS(27_000)).toBeLessThan(3_000)
  })

  it('begins anew when bytes are sent again from the first on', () => {
    const meter = new Speedometer()
    for (let s = 0; s <= 3; s++) meter.note(s * 1_000, s * 1_000)
    meter.note(0, 4_000)
    expect(meter.bytesPerS(4_000)).toBeNull()
  })
})
