import type { KnownTags } from '@/features/uploads/tags/form'
import { Bytes } from './bytes'
import { knownOf, type Words } from './fields'
import { id3Length, readId3 } from './id3'
import { readMoov } from './mp4'
import { readFlac, readOgg } from './vorbis'

/** Covers lie among the tags, so that the head of a file may be long; more than this is not read. */
const MOST_BYTES = 8_000_000
const HEAD_BYTES = 262_144

/**
 * What a file that is not sent yet says of itself, for people to look at; the server reads it again, and better.
 * Null where this is no format whose tags are read here, or the file is cut.
 */
export async function readTags(file: Blob): Promise<KnownTags | null> {
  try {
    const words = await readWords(file)
    return words === null ? null : knownOf(words)
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

async function readWords(file: Blob): Promise<Words | null> {
  const head = await part(file, 0, 12)
  const begin = head.left < 12 ? '' : head.name(12)
  if (begin.startsWith('ID3')) {
    head.at = 0
    return readId3(await part(file, 0, Math.min(id3Length(head) ?? 0, MOST_BYTES)))
  }
  if (begin.startsWith('fLaC')) return readFlac(await part(file, 0, MOST_BYTES))
  if (begin.startsWith('OggS')) return readOgg(await part(file, 0, HEAD_BYTES))
  return begin.slice(4, 8) === 'ftyp' ? readMp4(file) : null
}

/** From box to box until `moov`, which may lie behind all of the sound. */
async function readMp4(file: Blob): Promise<Words | null> {
  for (let at = 0; at + 16 <= file.size;) {
    const head = await part(file, at, 16)
    const size = head.u32()
    const name = head.name(4)
    // One is the sign of a size of 64 bits behind the name.
    const length = size === 1 ? head.u32() * 2 ** 32 + head.u32() : size
    if (length < 8) return null
    if (name === 'moov') return readMoov(await part(file, at + 8, Math.min(length - 8, MOST_BYTES)))
    at += length
  }
  return null
}

async function part(file: Blob, from: number, length: number): Promise<Bytes> {
  return new Bytes(await file.slice(from, from + length).arrayBuffer())
}
