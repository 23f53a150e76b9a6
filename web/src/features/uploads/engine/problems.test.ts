import { expect, it } from 'vitest'
import { ApiError, Unreachable } from '@/lib/api/error'
import { describeProblem, FileGone, StorageRefused } from './problems'

const closed = (state: string) => new ApiError(409, 'UPLOAD_CLOSED', 'Closed.', { state })

it.each([
  ['no network', new Unreachable(null), 'offline'],
  ['a busy server', new ApiError(503, 'STORAGE_AWAY', 'Away.'), 'passing'],
  ['a file that is too large', new ApiError(413, 'UPLOAD_TOO_LARGE', 'Too large.'), 'final'],
  ['a type that is not taken', new ApiError(415, 'CONTENT_TYPE_REFUSED', 'No.'), 'final'],
  ['somebody who may not', new ApiError(403, 'MISSING_ROLE', 'No.'), 'final'],
  ['a day that is full', new ApiError(429, 'TOO_MANY_UPLOADS', 'Enough.'), 'limit'],
  ['a request that another copy is at', new ApiError(429, 'STILL_UNDER_WAY', 'Soon.'), 'passing'],
  ['an upload that is forgotten', new ApiError(404, 'UPLOAD_NOT_FOUND', 'No.'), 'stale'],
  ['an upload that was not completed in time', closed('expired'), 'stale'],
  ['an upload that was discarded', closed('discarded'), 'stale'],
  ['an upload that was completed elsewhere', closed('processing'), 'ended'],
  ['parts that are missing', new ApiError(409, 'UPLOAD_INCOMPLETE', 'Not all.'), 'passing'],
  ['an address that has expired', new StorageRefused(403, 'ADDRESS_EXPIRED', 'Expired.'), 'passing'],
  ['a disk that is full', new StorageRefused(507, 'STORAGE_FULL', 'Full.'), 'final'],
  ['a file that is gone', new FileGone(), 'file'],
  ['a file that cannot be read', new DOMException('', 'NotReadableError'), 'file'],
  ['a bug', new TypeError('x is undefined'), 'passing'],
])('%s', (_, error, kind) => expect(describeProblem(error).kind).toBe(kind))

it('keeps when to come back', () => {
  const limit = new ApiError(429, 'TOO_MANY_UPLOADS', 'Enough.', {}, null, 3600)
  expect(describeProblem(limit)).toMatchObject({ message: 'Enough.', retryAfterS: 3600 })
})
