import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { causeOfAnswer, HlsRequests, REQUEST_POLICY } from './hls-requests'

/** A request of which a test says what comes of it. */
class FakeRequest extends EventTarget {
  status = 0
  url = ''
  retryAfter: string | null = null
  open = (_method: string, url: string) => void (this.url = url)
  getResponseHeader = () => this.retryAfter

  answer(status: number, retryAfter: string | null = null): void {
    this.status = status
    this.retryAfter = retryAfter
    this.dispatchEvent(new Event(status === 0 ? 'error' : 'load'))
  }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const signed = vi.fn((url: string, refused: boolean) => Promise.resolve(`${url}?${refused ? 'new' : 'old'}`))

function requests(online: () => Promise<void> = () => Promise.resolve()) {
  const form = { kind: 'hls', rungs: 'adaptive' } as const
  const source = { trackId: 't', expiresAtMs: Infinity, form, urlAt: () => 'm', signed }
  const made = new HlsRequests({ source, online })
  const ask = async () => {
    const xhr = new FakeRequest()
    void made.prepare(xhr as unknown as XMLHttpRequest, 's')
    await vi.advanceTimersByTimeAsync(0)
    return xhr
  }
  return { made, ask }
}

it('asks with the signature that holds, and with a new one after a refusal', async () => {
  const { ask } = requests()
  const refused = await ask()
  expect(refused.url).toBe('s?old')
  refused.answer(403)
  const taken = await ask()
  expect(taken.url).toBe('s?new')
  taken.answer(200)
  expect((await ask()).url).toBe('s?old')
})

it.each([
  ['3', 3_000],
  [null, 2_000],
  ['86400', 60_000],
  ['Wed, 21 Oct 2026 07:28:00 GMT', 2_000],
])('comes back to a busy server that says %s after %i ms', async (retryAfter, ms) => {
  const { made, ask } = requests()
  ;(await ask()).answer(429, retryAfter)
  expect(made.waiting).toBe(true)
  const again = await ask()
  await vi.advanceTimersByTimeAsync(ms - 1)
  expect(again.url).toBe('')
  await vi.advanceTimersByTimeAsync(1)
  expect(again.url).toBe('s?old')
  again.answer(200)
  expect(made.waiting).toBe(false)
})

it('asks nothing while there is no network', async () => {
  let back: () => void = () => undefined
  const { made, ask } = requests(() => new Promise((resolve) => (back = resolve)))
  ;(await ask()).answer(0)
  const again = await ask()
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(again.url).toBe('')
  expect(made.waiting).toBe(true)
  back()
  await vi.advanceTimersByTimeAsync(0)
  expect(again.url).toBe('s?old')
})

it.each([
  [0, 8, 'network'],
  [429, 8, 'busy'],
  [503, 8, 'busy'],
  [403, 2, 'network'],
  [410, 0, 'network'],
  [500, 2, 'form'],
  [404, 0, 'form'],
  [422, 0, 'form'],
])('tries again after a %i up to %i times, and then calls it %s', (code, tries, cause) => {
  const retry = REQUEST_POLICY.default.errorRetry
  const answer = { url: '', data: '', code }
  const goesOn = (count: number) => retry?.shouldRetry?.(retry, count, false, answer, false)
  expect([Math.max(0, tries - 1), tries].map(goesOn)).toEqual([tries > 0, false])
  expect(causeOfAnswer(code)).toBe(cause)
})
