import { describe, expect, it } from 'vitest'
import { sortOut } from './accept'
import { chosenFile } from './chosen'
import { gatherDropped, gatherHandle, inOrder } from './gather'

const LIMITS = { maxBytes: 1000, extensions: ['flac', 'mp3'] }

const chosen = (name: string, { size = 10, folder = '' } = {}) =>
  chosenFile(new File(['x'.repeat(size)], name, { lastModified: 1 }), folder, null)

describe('what is chosen', () => {
  it.each([
    ['a.flac', null],
    ['A.FLAC', null],
    ['a.exe', '.exe is no audio that is taken here.'],
    ['flac', 'A file without an ending is no audio that is taken here.'],
    ['.flac', 'A file without an ending is no audio that is taken here.'],
    ['a.zip', 'It is an archive. Unpack it, and drop the files inside.'],
    ['a.m4p', 'It is protected against copying, so nothing but its own player can read it.'],
  ])('%s: %s', (name, reason) => {
    const { taken, skipped } = sortOut([chosen(name)], LIMITS)
    expect(taken.map(({ facts }) => facts.name)).toEqual(reason === null ? [name] : [])
    expect(skipped.map((one) => one.reason)).toEqual(reason === null ? [] : [reason])
  })

  it('may be too large, or nothing at all', () => {
    const { skipped } = sortOut([chosen('a.mp3', { size: 1001 }), chosen('b.mp3', { size: 0 })], LIMITS)
    expect(skipped.map(({ reason }) => reason)).toEqual([
      'It has 1 kB; a file may have 1 kB here.',
      'It is empty.',
    ])
  })

  it('leaves out without a word what lies beside music in folders', () => {
    const beside = ['cover.jpg', 'list.m3u8', '.DS_Store', 'Thumbs.db']
    const inside = beside.map((name) => chosen(name, { folder: 'Album' }))
    expect(sortOut([...inside, chosen('cover.jpg')], LIMITS)).toMatchObject({
      taken: [],
      ignored: 4,
      skipped: [{ name: 'cover.jpg' }],
    })
  })

  it('is taken on trust while the limits are not known', () => {
    expect(sortOut([chosen('a.dsf')], null).taken).toHaveLength(1)
  })
})

const fileEntry = (name: string) => ({
  isFile: true,
  isDirectory: false,
  name,
  file: (found: (file: File) => void) => found(new File(['x'], name, { lastModified: 1 })),
})

/** As browsers do it: some at a time, and nothing at the end. */
function folderEntry(name: string, children: unknown[], atOnce = 100) {
  const createReader = () => {
    const rest = [...children]
    return { readEntries: (found: (entries: unknown[]) => void) => found(rest.splice(0, atOnce)) }
  }
  return { isFile: false, isDirectory: true, name, createReader }
}

const dropped = (...entries: unknown[]) =>
  ({
    items: entries.map((entry) => ({ kind: 'file', webkitGetAsEntry: () => entry, getAsFile: () => null })),
  }) as unknown as DataTransfer

const paths = (files: { facts: { folder: string; name: string } }[]) =>
  files.map(({ facts }) => `${facts.folder}/${facts.name}`)

describe('a drop', () => {
  it('opens folders, however many files they hold', async () => {
    const many = Array.from({ length: 250 }, (_, at) => fileEntry(`${at + 1}.mp3`))
    const found = await gatherDropped(
      dropped(folderEntry('Ada', [folderEntry('Light', many)]), fileEntry('z.mp3')),
    )
    expect(found).toHaveLength(251)
    expect(paths(found).slice(0, 3)).toEqual(['/z.mp3', 'Ada/Light/1.mp3', 'Ada/Light/2.mp3'])
    expect(paths(found).at(-1)).toBe('Ada/Light/250.mp3')
  })

  it('keeps handles where the browser has them', async () => {
    const handle = { kind: 'file', name: 'a.mp3', getFile: async () => new File(['x'], 'a.mp3') }
    const folder = {
      kind: 'directory',
      name: 'Ada',
      async *values() {
        yield handle
      },
    }
    const found = await gatherHandle(folder as unknown as FileSystemHandle)
    expect(found).toMatchObject([{ facts: { name: 'a.mp3', folder: 'Ada' }, handle }])
  })
})

it('lists files as people count', () => {
  const names = ['10 b.mp3', '2 a.mp3', '1 c.mp3'].map((name) => chosen(name))
  expect(paths(inOrder(names))).toEqual(['/1 c.mp3', '/2 a.mp3', '/10 b.mp3'])
})
