import { ApiError } from '@/lib/api/error'
import type { Cause } from './contract'

const CANNOT_DECODE = new Set([3, 4]) // MEDIA_ERR_DECODE, MEDIA_ERR_SRC_NOT_SUPPORTED

/** What the error of an element says. */
export function causeOf(error: Pick<MediaError, 'code'> | null): Cause {
  return CANNOT_DECODE.has(error?.code ?? 0) ? 'undecodable' : 'network'
}

/** How long the server has asked us to wait. */
export function waitMsOf(error: unknown): number {
  return error instanceof ApiError ? (error.retryAfterS ?? 0) * 1000 : 0
}
