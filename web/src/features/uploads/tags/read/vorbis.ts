import { Bytes, utf8 } from './bytes'
import { add, type Field, type Words } from './fields'

const NAMES: Readonly<Record<string, Field>> = {
  TITLE: 'title',
  ARTIST: 'artists',
  ALBUM: 'album',
  ALBUMARTIST: 'albumArtists',
  'ALBUM ARTIST': 'albumArtists',
  GENRE: 'genres',
  DATE: 'date',
  TRACKNUMBER: 'track',
  DISCNUMBER: 'disc',
}
const COMMENTS_BLOCK = 4
const BLOCK_TYPE = 0x7f

/** The comments of FLAC, Ogg Vorbis and Opus: a vendor, a count, and "NAME=value" so many times, lengths little-endian. */
export function readComments(bytes: Bytes): Words {
  const words: Words = {}
  const text = () => bytes.take(bytes.u32({ little: true }))
  text()
  const count = bytes.u32({ little: true })
  for (let at = 0; at < count; at++) {
    const [name = '', ...value] = utf8(text()).split('=')
    add(words, NAMES[name.toUpperCase()], [value.join('=')])
  }
  return words
}

/** FLAC (RFC 9639): blocks of metadata behind "fLaC", each with its type and length; the last has the highest bit set. */
export function readFlac(bytes: Bytes): Words | null {
  if (bytes.name(4) !== 'fLaC') return null
  for (let last = false; !last;) {
    const head = bytes.u8()
    const length = bytes.u24()
    last = head > BLOCK_TYPE
    if ((head & BLOCK_TYPE) === COMMENTS_BLOCK) return readComments(bytes.inner(length))
    bytes.skip(length)
  }
  return {}
}

const OGG_HEAD_BYTES = 27
const OGG_PACKETS = ['\u0003vorbis', 'OpusTags'] as const

/** Ogg (RFC 3533): pages of segments; the second packet of Vorbis and Opus holds the comments. */
export function readOgg(bytes: Bytes): Words | null {
  let packet: number[] = []
  let seen = 0
  while (bytes.left >= OGG_HEAD_BYTES) {
    if (bytes.name(4) !== 'OggS') return null
    bytes.skip(OGG_HEAD_BYTES - 5)
    const segments = bytes.take(bytes.u8())
    for (const length of segments) {
      for (const byte of bytes.take(length)) packet.push(byte)
      if (length === 255) continue
      if (seen++ === 1) return ofPacket(Uint8Array.from(packet))
      packet = []
    }
  }
  return null
}

function ofPacket(packet: Uint8Array<ArrayBuffer>): Words {
  const begin = utf8(packet.subarray(0, 8))
  const name = OGG_PACKETS.find((one) => begin.startsWith(one))
  return name === undefined ? {} : readComments(new Bytes(packet.buffer, name.length))
}
