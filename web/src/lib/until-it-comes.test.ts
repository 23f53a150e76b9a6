import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { untilItComes } from './until-it-comes'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

it('asks again until the part is there', async () => {
  const load = vi
    .fn<() => Promise<string>>()
    .mockRejectedValueOnce(new TypeError('offline'))
    .mockResolvedValue('part')
  const coming = untilItComes(load)
  await vi.advanceTimersByTimeAsync(9_000)
  expect(load).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(1_000)
  await expect(coming).resolves.toBe('part')
  expect(load).toHaveBeenCalledTimes(2)
})
