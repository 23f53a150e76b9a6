import { utf8, type Bytes } from './bytes'
import { add, type Field, type Words } from './fields'

const ATOMS: Readonly<Record<string, Field>> = {
  '©nam': 'title',
  '©ART': 'artists',
  '©alb': 'album',
  aART: 'albumArtists',
  '©gen': 'genres',
  '©day': 'date',
}
const PAIRS: Readonly<Record<string, Field>> = { trkn: 'track', disk: 'disc' }
const HEAD_BYTES = 8
const DATA_HEAD_BYTES = 8

/** Tags as iTunes writes them, in moov/udta/meta/ilst; `bytes` is what moov holds. */
export function readMoov(bytes: Bytes): Words {
  const meta = find(find(bytes, 'udta'), 'meta')
  meta?.skip(4) // version and flags
  const list = find(meta, 'ilst')
  const words: Words = {}
  if (list === null) return words
  for (const [name, inside] of boxes(list)) {
    const field = ATOMS[name]
    const pair = PAIRS[name]
    for (const value of valuesOf(inside)) {
      if (field !== undefined) add(words, field, [utf8(value)])
      // Two bytes of nothing, then the number as two more.
      if (pair !== undefined) add(words, pair, [String((value[2] ?? 0) * 256 + (value[3] ?? 0))])
    }
  }
  return words
}

/** The boxes in a box: name and content. */
export function* boxes(bytes: Bytes): Generator<[string, Bytes]> {
  while (bytes.left >= HEAD_BYTES) {
    const size = bytes.u32()
    const name = bytes.name(4)
    if (size < HEAD_BYTES) return
    yield [name, bytes.inner(size - HEAD_BYTES)]
  }
}

function find(bytes: Bytes | null, wanted: string): Bytes | null {
  if (bytes === null) return null
  for (const [name, inside] of boxes(bytes)) if (name === wanted) return inside
  return null
}

/** What the `data` boxes of an item hold behind their type and language. */
function* valuesOf(item: Bytes): Generator<Uint8Array> {
  for (const [name, inside] of boxes(item)) {
    if (name !== 'data') continue
    inside.skip(DATA_HEAD_BYTES)
    yield inside.take(Math.max(0, inside.left))
  }
}
