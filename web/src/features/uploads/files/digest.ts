/** Larger files go in parts; to read one twice, and whole into memory, would cost more than it tells. */
const HASHED_UP_TO_BYTES = 64 * 1024 * 1024

/** SHA-256 of a file in hex; null where it is large, or the page is not secure and the browser has no digest. */
export async function digestOf(file: Blob): Promise<string | null> {
  const subtle = (crypto as Partial<Crypto>).subtle
  if (subtle === undefined || file.size >= HASHED_UP_TO_BYTES) return null
  const digest = await subtle.digest('SHA-256', new Uint8Array(await file.arrayBuffer()))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
