import type { ChosenFile } from './chosen'
import { formatBytes } from '@/lib/format'

/** What the server takes. */
export interface Limits {
  maxBytes: number
  /** Lower case, without the dot. */
  extensions: readonly string[]
}

export interface Skipped {
  name: string
  folder: string
  reason: string
}

/** What lies beside music in every folder, and is nobody's loss. */
const BESIDE_MUSIC = new Set([
  'jpg',
  'jpeg',
  'png',
  'gif',
  'webp',
  'bmp',
  'tif',
  'tiff',
  'txt',
  'nfo',
  'log',
  'cue',
])
const ALSO_BESIDE = new Set([
  'm3u',
  'm3u8',
  'pls',
  'xspf',
  'pdf',
  'sfv',
  'md5',
  'url',
  'ini',
  'db',
  'lrc',
  'accurip',
])
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^(zip|rar|7z|tar|gz)$/, 'It is an archive. Unpack it, and drop the files inside.'],
  [/^(mkv|avi|mov|webm|wmv|m4v)$/, 'It is a video.'],
  [/^(m4p|aax|aa)$/, 'It is protected against copying, so nothing but its own player can read it.'],
  [/^(mid|midi)$/, 'It holds notes and no sound.'],
]

/** Sorts out what the server would refuse, with the reason; what merely lies beside music is left out unsaid. */
export function sortOut(
  chosen: readonly ChosenFile[],
  limits: Limits | null,
): { taken: ChosenFile[]; skipped: Skipped[]; ignored: number } {
  const taken: ChosenFile[] = []
  const skipped: Skipped[] = []
  let ignored = 0
  for (const one of chosen) {
    const { name, folder } = one.facts
    const reason = whyNot(one, limits)
    if (reason === null) taken.push(one)
    else if (folder !== '' && liesBeside(name)) ignored++
    else skipped.push({ name, folder, reason })
  }
  return { taken, skipped, ignored }
}

function whyNot({ facts: { name, sizeBytes } }: ChosenFile, limits: Limits | null): string | null {
  const ending = endingOf(name)
  const told = KINDS.find(([kind]) => kind.test(ending))?.[1]
  if (told !== undefined) return told
  if (limits !== null && !limits.extensions.includes(ending))
    return `${nameOf(ending)} is no audio that is taken here.`
  if (sizeBytes === 0) return 'It is empty.'
  if (limits !== null && sizeBytes > limits.maxBytes) {
    return `It has ${formatBytes(sizeBytes)}; a file may have ${formatBytes(limits.maxBytes)} here.`
  }
  return null
}

function endingOf(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot <= 0 ? '' : name.slice(dot + 1).toLowerCase()
}

const nameOf = (ending: string) => (ending === '' ? 'A file without an ending' : `.${ending}`)

function liesBeside(name: string): boolean {
  const ending = endingOf(name)
  return name.startsWith('.') || BESIDE_MUSIC.has(ending) || ALSO_BESIDE.has(ending) || ending === ''
}
