import { ApiError, Unreachable } from '@/lib/api/error'

/**
 * What a failure asks for: `passing` another try soon · `offline` the network · `limit` patience, as long as the
 * server says · `stale` a new beginning, since the server has forgotten this upload · `ended` a look at what the server
 * made of it · `file` the file, which cannot be read any more · `final` the owner, since trying again changes nothing.
 */
export type ProblemKind = 'passing' | 'offline' | 'limit' | 'stale' | 'ended' | 'file' | 'final'

export interface Problem {
  kind: ProblemKind
  code: string
  message: string
  /** When the server says to come back, in seconds. */
  retryAfterS: number | null
}

/** The storage refused bytes: its own answer, which is not one of the api's. */
export class StorageRefused extends Error {
  override readonly name = 'StorageRefused'

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

/** The file was moved, deleted or changed since it was chosen. */
export class FileGone extends Error {
  override readonly name = 'FileGone'

  constructor(cause?: unknown) {
    super('The file was moved or changed since it was chosen. Choose it again.', { cause })
  }
}

const PASSING = new Set([408, 409, 422, 423, 425, 500, 502, 503, 504])
const CLOSED_AT = new Set(['uploaded', 'processing', 'ready', 'failed'])
const UNREADABLE = new Set(['NotReadableError', 'NotFoundError'])
const BY_CODE: Readonly<Record<string, ProblemKind>> = {
  UPLOAD_NOT_FOUND: 'stale',
  UPLOAD_INCOMPLETE: 'passing',
  // No limit, though it has the status of one: the same request of before is still being answered.
  STILL_UNDER_WAY: 'passing',
}

export function describeProblem(error: unknown): Problem {
  if (error instanceof ApiError) return ofApi(error)
  if (error instanceof StorageRefused) return ofStorage(error)
  if (error instanceof Unreachable) return problem('offline', 'UNREACHABLE', error.message)
  const gone = error instanceof DOMException && UNREADABLE.has(error.name) ? new FileGone(error) : error
  if (gone instanceof FileGone) return problem('file', 'FILE_GONE', gone.message)
  return problem('passing', 'UNKNOWN', 'Something went wrong here.')
}

function ofApi(error: ApiError): Problem {
  return { ...problem(kindOf(error), error.code, error.message), retryAfterS: error.retryAfterS }
}

function kindOf(error: ApiError): ProblemKind {
  if (error.code === 'UPLOAD_CLOSED') return CLOSED_AT.has(String(error.details['state'])) ? 'ended' : 'stale'
  return BY_CODE[error.code] ?? byStatus(error.status)
}

function byStatus(status: number): ProblemKind {
  if (status === 429) return 'limit'
  return PASSING.has(status) ? 'passing' : 'final'
}

/** An address that has expired answers 403, as S3 words it or as we do: another try asks for a new one. */
function ofStorage(error: StorageRefused): Problem {
  const again = error.status === 403 || error.status === 404 || PASSING.has(error.status)
  return problem(again ? 'passing' : 'final', error.code, error.message)
}

function problem(kind: ProblemKind, code: string, message: string): Problem {
  return { kind, code, message, retryAfterS: null }
}
