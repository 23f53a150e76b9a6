import { Unreachable } from '@/lib/api/error'
import { FileGone, StorageRefused } from './problems'

export interface Address {
  url: string
  headers: Record<string, string>
}

const TOLD_EVERY_MS = 200
/** A line on which nothing moves for so long is cut, and tried again. */
const SILENT_MS = 60_000

/** Sends bytes to an address; `fetch` does not tell how far it is, so this is the older way. */
export function put(
  address: Address,
  bytes: Blob,
  onProgress: (sentBytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const silence = watchSilence(() => request.abort())
    const end = (settle: () => void) => {
      silence.stop()
      signal.removeEventListener('abort', abort)
      settle()
    }
    const abort = () => request.abort()
    let toldAtMs = 0
    request.upload.addEventListener('progress', ({ loaded }) => {
      silence.heard()
      if (Date.now() - toldAtMs < TOLD_EVERY_MS) return
      toldAtMs = Date.now()
      onProgress(loaded)
    })
    request.addEventListener('load', () =>
      end(() => (request.status < 300 ? resolve() : reject(refusalOf(request)))),
    )
    request.addEventListener('error', () => end(() => void whyUnsent(bytes).then(reject)))
    request.addEventListener('abort', () => end(() => reject(whyAborted(signal))))
    signal.addEventListener('abort', abort)
    request.open('PUT', address.url)
    for (const [name, value] of Object.entries(address.headers)) request.setRequestHeader(name, value)
    request.send(bytes)
    if (signal.aborted) request.abort()
  })
}

function watchSilence(onSilence: () => void) {
  let timer = setTimeout(onSilence, SILENT_MS)
  const stop = () => clearTimeout(timer)
  const heard = () => {
    stop()
    timer = setTimeout(onSilence, SILENT_MS)
  }
  return { stop, heard }
}

function whyAborted(signal: AbortSignal): Error {
  const silent = new Unreachable(new Error(`Nothing was taken for ${SILENT_MS} ms.`))
  return signal.aborted ? new DOMException('Stopped', 'AbortError') : silent
}

/** The browser says only that it failed: a file that cannot be read looks like a network that is gone. */
async function whyUnsent(bytes: Blob): Promise<Error> {
  try {
    await bytes.slice(0, 1).arrayBuffer()
    return new Unreachable(new Error('The bytes could not be sent.'))
  } catch (error) {
    return new FileGone(error)
  }
}

/** Our own storage answers in JSON, S3 in XML. */
function refusalOf({ status, responseText }: XMLHttpRequest): StorageRefused {
  const json = parseJson(responseText)
  const code = json?.code ?? /<Code>([^<]+)<\/Code>/.exec(responseText)?.[1] ?? 'HTTP_ERROR'
  const message = json?.message ?? `The storage refused the file (${code}, ${status}).`
  return new StorageRefused(status, code, message)
}

function parseJson(text: string): { code?: string; message?: string } | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' ? value : null
  } catch {
    return null
  }
}
