import { expect, it } from 'vitest'
import { isComing } from './query'

it.each([
  ['is asked for', { isPending: true, failureCount: 0, fetchStatus: 'fetching' }, true],
  ['is there', { isPending: false, failureCount: 0, fetchStatus: 'fetching' }, false],
  ['has failed once', { isPending: true, failureCount: 1, fetchStatus: 'fetching' }, false],
  ['waits for a network', { isPending: true, failureCount: 0, fetchStatus: 'paused' }, false],
] as const)('knows whether to wait for what %s', (_, query, waits) => {
  expect(isComing(query)).toBe(waits)
})
