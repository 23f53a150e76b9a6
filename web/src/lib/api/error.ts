/** An answer that is no success, as the server words it: a code for programs, a sentence for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError'

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
    readonly traceId: string | null = null,
    readonly retryAfterS: number | null = null,
  ) {
    super(message)
  }

  static from(response: Response, body: unknown): ApiError {
    const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN)
    const retryAfterS = Number.isFinite(retryAfter) ? retryAfter : null
    if (!isErrorBody(body)) {
      const message = `The server answered ${response.status} without saying why.`
      return new ApiError(response.status, 'HTTP_ERROR', message, {}, null, retryAfterS)
    }
    const { code, message, details, traceId } = body
    return new ApiError(response.status, code, message, details ?? {}, traceId ?? null, retryAfterS)
  }
}

/** No answer at all: the server is down, or the network is. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'

  constructor(cause: unknown) {
    super('The server cannot be reached. Is it running, and are you online?', { cause })
  }
}

/** A sentence to show for anything that was thrown. */
export function describeError(error: unknown): string {
  const worded = error instanceof ApiError || error instanceof Unreachable
  return worded ? error.message : 'Something went wrong here.'
}

interface LooseErrorBody {
  code: string
  message: string
  details?: Record<string, unknown>
  traceId?: string
}

function isErrorBody(body: unknown): body is LooseErrorBody {
  return (
    typeof body === 'object' &&
    body !== null &&
    'code' in body &&
    typeof body.code === 'string' &&
    'message' in body &&
    typeof body.message === 'string'
  )
}
