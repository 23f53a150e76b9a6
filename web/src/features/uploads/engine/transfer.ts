import { digestOf } from '@/features/uploads/files/digest'
import type { UploadTags } from '@/features/uploads/tags/tags'
import type { Begun, FileFacts, Item } from './item'
import type { Address } from './put'
import { FileGone } from './problems'
import type { ServerWord } from './step'

export interface UploadRequest {
  filename: string
  sizeBytes: number
  contentType: string
  sha256: string | null
}

/** The server and the storage, as a transfer needs them. */
export interface Wire {
  begin: (
    request: UploadRequest,
    key: string,
    signal: AbortSignal,
  ) => Promise<Begun & { address: Address | null }>
  address: (uploadId: string, signal: AbortSignal) => Promise<Address | null>
  /** The numbers of the parts that are there, and how large each is. */
  listParts: (uploadId: string, signal: AbortSignal) => Promise<{ number: number; sizeBytes: number }[]>
  signPart: (uploadId: string, number: number, signal: AbortSignal) => Promise<Address>
  saveTags: (uploadId: string, tags: UploadTags) => Promise<void>
  complete: (uploadId: string, signal: AbortSignal) => Promise<ServerWord>
  put: (
    address: Address,
    bytes: Blob,
    onProgress: (sentBytes: number) => void,
    signal: AbortSignal,
  ) => Promise<void>
}

/** What a transfer tells while it goes on. */
export interface Report {
  begun: (begun: Begun) => void
  progressed: (sentBytes: number) => void
  sent: () => void
  /** The item as it is now: its owner may edit it while it is sent. */
  current: () => Item
}

/** Parts of one file that are sent at once: the line is busy while the server writes the one before. */
const PARTS_AT_ONCE = 2

/**
 * Brings a file to the server from wherever it stands: begins an upload or takes one up again, sends what is
 * missing, and completes it unless its owner holds it back. `file` is null where all bytes were sent before.
 *
 * Throws what the wire throws, and FileGone. Whoever aborts the signal gets an AbortError.
 */
export async function transfer(
  item: Item,
  file: File | null,
  wire: Wire,
  report: Report,
  signal: AbortSignal,
): Promise<ServerWord | null> {
  const uploadId = item.allSent ? uploadOf(item) : await send(item, file, wire, report, signal)
  if (!item.allSent) report.sent()
  if (report.current().hold) return null
  const { tags, tagsSaved } = report.current()
  if (!tagsSaved) await wire.saveTags(uploadId, tags)
  return wire.complete(uploadId, signal)
}

function uploadOf({ begun }: Item): string {
  if (begun === null) throw new Error('An upload that was sent has begun.')
  return begun.uploadId
}

async function send(
  item: Item,
  file: File | null,
  wire: Wire,
  report: Report,
  signal: AbortSignal,
): Promise<string> {
  if (file === null || !isSame(file, item)) throw new FileGone()
  const { begun, address } = await begin(item, file, wire, signal)
  if (item.begun === null) report.begun(begun)
  const on = { uploadId: begun.uploadId, file, wire, report, signal }
  if (begun.partBytes === null) await sendWhole(on, address)
  else await sendParts(on, begun.partBytes)
  return begun.uploadId
}

async function begin(
  item: Item,
  file: File,
  wire: Wire,
  signal: AbortSignal,
): Promise<{ begun: Begun; address: Address | null }> {
  if (item.begun !== null) return { begun: item.begun, address: null }
  const sha256 = await digestOf(file)
  const request = { filename: item.name, sizeBytes: item.sizeBytes, contentType: file.type, sha256 }
  // The key makes an answer that was lost on the way come again, instead of another upload.
  const { address, ...begun } = await wire.begin(request, `${item.id}-${item.generation}`, signal)
  return { begun, address }
}

/** A file that was written to since it was chosen is another file, and the browser will not read it. */
function isSame(file: File, { sizeBytes, modifiedMs }: FileFacts): boolean {
  return file.size === sizeBytes && file.lastModified === modifiedMs
}

interface Sending {
  uploadId: string
  file: File
  wire: Wire
  report: Report
  signal: AbortSignal
}

async function sendWhole(
  { uploadId, file, wire, report, signal }: Sending,
  first: Address | null,
): Promise<void> {
  const address = first ?? (await wire.address(uploadId, signal))
  if (address === null) throw new Error('A file of one piece has an address.')
  report.progressed(0)
  await wire.put(address, file, report.progressed, signal)
}

async function sendParts(sending: Sending, partBytes: number): Promise<void> {
  const { uploadId, file, wire, report } = sending
  const there = new Map<number, number>()
  for (const part of await wire.listParts(uploadId, sending.signal)) there.set(part.number, part.sizeBytes)
  const tell = () => report.progressed([...there.values()].reduce((sum, bytes) => sum + bytes, 0))
  tell()
  const count = Math.ceil(file.size / partBytes)
  const missing = Array.from({ length: count }, (_, at) => at + 1).filter((number) => !there.has(number))
  await inParallel(PARTS_AT_ONCE, missing, sending.signal, async (number, signal) => {
    const address = await wire.signPart(uploadId, number, signal)
    const bytes = file.slice((number - 1) * partBytes, number * partBytes)
    const onProgress = (sentBytes: number) => {
      there.set(number, sentBytes)
      tell()
    }
    await wire.put(address, bytes, onProgress, signal)
    onProgress(bytes.size)
  })
}

/** Runs `work` on each of `rest`, so many at once; the first failure stops the others and is thrown. */
async function inParallel(
  atOnce: number,
  rest: number[],
  signal: AbortSignal,
  work: (next: number, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const own = new AbortController()
  const stop = () => own.abort()
  signal.addEventListener('abort', stop)
  const line = rest.values()
  const worker = async () => {
    for (const next of line) {
      signal.throwIfAborted()
      own.signal.throwIfAborted()
      await work(next, own.signal)
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(atOnce, rest.length) }, worker))
  } finally {
    stop()
    signal.removeEventListener('abort', stop)
  }
}
