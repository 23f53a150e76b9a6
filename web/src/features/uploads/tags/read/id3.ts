import { utf8, type Bytes } from './bytes'
import { add, type Field, type Words } from './fields'

const FRAMES: Readonly<Record<string, Field>> = {
  TIT2: 'title',
  TPE1: 'artists',
  TALB: 'album',
  TPE2: 'albumArtists',
  TCON: 'genres',
  TDRC: 'date',
  TYER: 'date',
  TRCK: 'track',
  TPOS: 'disc',
}
/** Names of three letters, of version 2.2. */
const OLD_FRAMES: Readonly<Record<string, Field>> = {
  TT2: 'title',
  TP1: 'artists',
  TAL: 'album',
  TP2: 'albumArtists',
  TCO: 'genres',
  TYE: 'date',
  TRK: 'track',
  TPA: 'disc',
}
const UNSYNCHRONISED = 0x80
const EXTENDED = 0x40
const ENCODINGS = ['windows-1252', 'utf-16', 'utf-16be', 'utf-8'] as const

/** How long an ID3v2 tag is, its head included; null where there is none. */
export function id3Length(bytes: Bytes): number | null {
  if (bytes.left < 10 || bytes.name(3) !== 'ID3') return null
  bytes.skip(3)
  return 10 + synchsafe(bytes)
}

/** ID3v2.2 to 2.4 (id3.org): frames, of which those with text begin with their encoding. */
export function readId3(bytes: Bytes): Words | null {
  if (bytes.name(3) !== 'ID3') return null
  const version = bytes.u8()
  bytes.skip(1)
  const flags = bytes.u8()
  const length = synchsafe(bytes)
  // Rare, and its bytes are shifted: the server reads such tags, and the form does without.
  if ((flags & (UNSYNCHRONISED | EXTENDED)) !== 0) return {}
  const frames = bytes.inner(Math.min(length, bytes.left))
  const words: Words = {}
  while (frames.left > 10) if (!readFrame(frames, version, words)) break
  return words
}

function readFrame(frames: Bytes, version: number, words: Words): boolean {
  const old = version === 2
  const name = frames.name(old ? 3 : 4)
  if (!/^[A-Z0-9]+$/.test(name)) return false // padding
  const length = old ? frames.u24() : version === 4 ? synchsafe(frames) : frames.u32()
  if (!old) frames.skip(2)
  const field = old ? OLD_FRAMES[name] : FRAMES[name]
  if (field === undefined || length === 0) frames.skip(length)
  else
    add(
      words,
      field,
      field === 'genres' ? genresIn(textsIn(frames.inner(length))) : textsIn(frames.inner(length)),
    )
  return true
}

function textsIn(frame: Bytes): string[] {
  const encoding = ENCODINGS[frame.u8()] ?? 'utf-8'
  const bytes = frame.take(frame.left)
  const text = encoding === 'utf-8' ? utf8(bytes) : new TextDecoder(encoding).decode(bytes)
  return text.split('\0').map((part) => part.replace(/^\uFEFF/, ''))
}

/** "(17)Rock" and "17" are numbers of a list; the words beside them say it as well, and numbers alone are left out. */
function genresIn(texts: readonly string[]): string[] {
  return texts.map((text) => text.replace(/^(\(\d+\))+/, '')).filter((text) => !/^\d+$/.test(text))
}

/** Seven bits of each of four bytes. */
function synchsafe(bytes: Bytes): number {
  return (bytes.u8() << 21) | (bytes.u8() << 14) | (bytes.u8() << 7) | bytes.u8()
}
