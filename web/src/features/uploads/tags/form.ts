import type { UploadTags } from './tags'

/** The fields of the form, as text; a file's own word is what stands in them first. */
export const FIELDS = [
  { key: 'title', label: 'Title', kind: 'text' },
  { key: 'artists', label: 'Artists', kind: 'list' },
  { key: 'album', label: 'Album', kind: 'text' },
  { key: 'albumArtists', label: 'Album artists', kind: 'list' },
  { key: 'genres', label: 'Genres', kind: 'list' },
  { key: 'year', label: 'Year', kind: 'number' },
  { key: 'trackNumber', label: 'Track number', kind: 'number' },
  { key: 'discNumber', label: 'Disc number', kind: 'number' },
] as const

export type FieldKey = (typeof FIELDS)[number]['key']
export type Draft = Readonly<Record<FieldKey, string>>

/** What is known of one file's tags. */
export type KnownTags = Partial<Record<FieldKey, string | number | readonly string[] | null>>

export interface Start {
  draft: Draft
  /** Fields in which the files differ. */
  mixed: ReadonlySet<FieldKey>
}

const LONGEST = 500
const HIGHEST = 9999
const SEPARATOR = ';'

/** What the form holds at first for one file or for several. */
export function startOf(known: readonly KnownTags[]): Start {
  const mixed = new Set<FieldKey>()
  const draft = {} as Record<FieldKey, string>
  for (const { key } of FIELDS) {
    const words = new Set(known.map((tags) => wordOf(tags[key])))
    if (words.size > 1) mixed.add(key)
    draft[key] = words.size === 1 ? ([...words][0] ?? '') : ''
  }
  return { draft, mixed }
}

function wordOf(value: KnownTags[FieldKey]): string {
  if (value === undefined || value === null || value === 0) return ''
  return typeof value === 'object' ? value.join(`${SEPARATOR} `) : String(value)
}

/** What is wrong with a field, for people; nothing is fine. */
export function problemOf(key: FieldKey, text: string): string | undefined {
  const kind = FIELDS.find((field) => field.key === key)?.kind
  const words = text.trim()
  if (words === '') return undefined
  if (kind === 'number') {
    const fits = /^\d+$/.test(words) && Number(words) <= HIGHEST
    return fits ? undefined : `A number up to ${HIGHEST}, please.`
  }
  const longest = kind === 'list' ? Math.max(...listOf(words).map((one) => one.length)) : words.length
  return longest > LONGEST ? `At most ${LONGEST} characters, please.` : undefined
}

/** Only what was changed; a field that was cleared goes back to what the file says. */
export function changesIn(start: Start, draft: Draft, touched: ReadonlySet<FieldKey>): UploadTags {
  const changes: Record<string, unknown> = {}
  for (const { key, kind } of FIELDS) {
    const text = draft[key].trim()
    const same = text === start.draft[key].trim() && !start.mixed.has(key)
    if (!touched.has(key) || same) continue
    changes[key] =
      text === '' ? null : kind === 'number' ? Number(text) : kind === 'list' ? listOf(text) : text
  }
  return changes
}

function listOf(text: string): string[] {
  const parts = text.split(SEPARATOR).map((part) => part.trim())
  return [...new Set(parts.filter((part) => part !== ''))]
}
