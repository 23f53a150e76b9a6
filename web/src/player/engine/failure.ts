import { ApiError, Unreachable } from '@/lib/api/error'
import type { Cause } from './contract'

const CANNOT_DECODE = new Set([3, 4]) // MEDIA_ERR_DECODE, MEDIA_ERR_SRC_NOT_SUPPORTED

/** What the error of an element says. */
export function causeOf(error: Pick<MediaError, 'code'> | null): Cause {
  return CANNOT_DECODE.has(error?.code ?? 0) ? 'undecodable' : 'network'
}

/** A server that gives no answer at all restarts, most likely. */
const UNREACHABLE_WAIT_MS = 2_000

/** How long the server has asked us to wait, by words or by silence. */
export function waitMsOf(error: unknown): number {
  if (error instanceof Unreachable) return UNREACHABLE_WAIT_MS
  return error instanceof ApiError ? (error.retryAfterS ?? 0) * 1000 : 0
}
