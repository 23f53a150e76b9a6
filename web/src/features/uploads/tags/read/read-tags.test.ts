import { describe, expect, it } from 'vitest'
import { readTags } from './read-tags'

const ascii = (text: string) => Array.from(text, (sign) => sign.charCodeAt(0))
const utf8 = (text: string) => [...new TextEncoder().encode(text)]
const big = (value: number, length: number) =>
  Array.from({ length }, (_, at) => (value / 256 ** (length - 1 - at)) & 255)
const little = (value: number) => big(value, 4).reverse()
const file = (...parts: number[][]) => new Blob([Uint8Array.from(parts.flat())])

const SAID = [
  'TITLE=Dämmerung',
  'artist=Ada',
  'ARTIST=Bo',
  'ALBUM=First=Light',
  'DATE=1999-05-01',
  'TRACKNUMBER=7/12',
]
const comments = [
  ...little(5),
  ...ascii('tutti'),
  ...little(SAID.length),
  ...SAID.flatMap((one) => [...little(utf8(one).length), ...utf8(one)]),
]
const KNOWN = {
  title: 'Dämmerung',
  artists: ['Ada', 'Bo'],
  album: 'First=Light',
  albumArtists: [],
  genres: [],
  year: 1999,
  trackNumber: 7,
  discNumber: null,
}

/** Packets in one page each, cut into segments of 255 bytes. */
function page(packet: number[]): number[] {
  const segments = [
    ...Array.from({ length: Math.floor(packet.length / 255) }, () => 255),
    packet.length % 255,
  ]
  return [...ascii('OggS'), ...Array.from({ length: 22 }, () => 0), segments.length, ...segments, ...packet]
}

const id3 = (version: number, frames: number[]) => [
  ...ascii('ID3'),
  version,
  0,
  0,
  ...[21, 14, 7, 0].map((shift) => ((frames.length + 20) >> shift) & 127),
  ...frames,
  ...Array.from({ length: 20 }, () => 0),
]
const frame = (name: string, encoding: number, text: number[]) => [
  ...ascii(name),
  ...big(text.length + 1, 4),
  0,
  0,
  encoding,
  ...text,
]
const utf16 = (text: string) => [
  0xff,
  0xfe,
  ...Array.from(text, (sign) => sign.charCodeAt(0)).flatMap((c) => [c & 255, c >> 8]),
]

const box = (name: string, ...inside: number[][]) => {
  const content = inside.flat()
  return [...big(content.length + 8, 4), ...ascii(name), ...content]
}
const data = (value: number[]) => box('data', big(1, 4), big(0, 4), value)

describe('tags of files that are not sent yet', () => {
  it('are read from FLAC, behind other blocks', async () => {
    const blocks = [
      0,
      ...big(34, 3),
      ...Array.from({ length: 34 }, () => 9),
      0x84,
      ...big(comments.length, 3),
    ]
    expect(await readTags(file(ascii('fLaC'), blocks, comments))).toEqual(KNOWN)
  })

  it.each([
    ['Vorbis', '\u0003vorbis'],
    ['Opus', 'OpusTags'],
  ])('are read from Ogg %s', async (_, name) => {
    const long = [...ascii(name), ...comments, ...Array.from({ length: 300 }, () => 0)]
    expect(await readTags(file(page(ascii('head')), page(long)))).toEqual(KNOWN)
  })

  it.each([3, 4])('are read from ID3v2.%i in whatever encoding', async (version) => {
    const frames = [
      ...frame('TIT2', 1, utf16('Dämmerung')),
      ...frame('TPE1', 3, utf8('Ada\0Bo')),
      ...frame('TALB', 0, ascii('First=Light')),
      ...frame('APIC', 0, ascii('no text')),
      ...frame(version === 4 ? 'TDRC' : 'TYER', 0, ascii('1999')),
      ...frame('TRCK', 0, ascii('7/12')),
      ...frame('TCON', 0, ascii('(17)Rock')),
    ]
    expect(await readTags(file(id3(version, frames)))).toEqual({ ...KNOWN, genres: ['Rock'] })
  })

  it('are read from MP4, however far behind', async () => {
    const list = box(
      'ilst',
      box('\u00a9nam', data(utf8('Dämmerung'))),
      box('\u00a9ART', data(utf8('Ada'))),
      box('trkn', data([0, 0, 0, 7, 0, 12, 0, 0])),
    )
    const moov = box('moov', box('mvhd', big(0, 8)), box('udta', box('meta', big(0, 4), list)))
    const found = await readTags(file(box('ftyp', ascii('M4A '), big(0, 4)), box('mdat', big(0, 9000)), moov))
    expect(found).toMatchObject({ title: 'Dämmerung', artists: ['Ada'], trackNumber: 7 })
  })

  it.each([
    ['nothing', []],
    ['another format', ascii('RIFF....WAVEfmt ')],
    ['a cut FLAC', [...ascii('fLaC'), 4, 0, 1, 0]],
    ['an MP4 box without end', [...big(4, 4), ...ascii('ftyp'), ...big(0, 20)]],
    ['a cut tag', [...ascii('ID3'), 4, 0, 0, 0, 0, 100, 0, ...ascii('TIT2'), 0, 0, 90, 0, 0, 0, 3, 65]],
  ])('are not known of %s', async (_, bytes) => {
    expect(await readTags(file(bytes))).toBeNull()
  })
})
