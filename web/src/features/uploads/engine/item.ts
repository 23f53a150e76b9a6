import type { UploadTags } from '@/features/uploads/tags/tags'
import type { Problem } from './problems'

/**
 * Where one file is on its way:
 *
 * `queued` waits for its turn · `sending` is under way, or is completed just now · `paused` by its owner ·
 * `waiting` goes on by itself, at `retryAtMs` or when the network is back · `missing` needs its file again, which a
 * reload took away · `held` has sent all and waits to be published · `processing` is the server's turn · `ready`,
 * `duplicate` and `failed` are ends.
 */
export type Phase =
  | 'queued'
  | 'sending'
  | 'paused'
  | 'waiting'
  | 'missing'
  | 'held'
  | 'processing'
  | 'ready'
  | 'duplicate'
  | 'failed'

/** What the server answered when the upload began. */
export interface Begun {
  uploadId: string
  trackId: string
  /** Null where it goes in one piece. */
  partBytes: number | null
}

/** A file told apart from others as well as the browser can: after a reload it is known again by these. */
export interface FileFacts {
  name: string
  /** The folders it lay in, "Artist/Album"; empty for a file that came by itself. */
  folder: string
  sizeBytes: number
  modifiedMs: number
  type: string
}

/** One file on its way; its bytes are kept elsewhere, since this is stored and shown. */
export interface Item extends FileFacts {
  id: string
  phase: Phase
  begun: Begun | null
  /** Counts the uploads begun for it: one that the server has forgotten is followed by another. */
  generation: number
  sentBytes: number
  /** The server has all the bytes. */
  allSent: boolean
  /** Not to be published before its owner says so. */
  hold: boolean
  tags: UploadTags
  /** Whether the server knows the tags. */
  tagsSaved: boolean
  problem: Problem | null
  retryAtMs: number | null
  /** Failures since bytes last came through. */
  attempts: number
  /** How much of the server's work is done, 0 to 1. */
  share: number
  duplicateOf: string | null
}

export function newItem(id: string, file: FileFacts, options: { hold: boolean; tags?: UploadTags }): Item {
  return {
    ...facts(file),
    id,
    phase: 'queued',
    begun: null,
    generation: 1,
    sentBytes: 0,
    allSent: false,
    hold: options.hold,
    tags: options.tags ?? {},
    tagsSaved: true,
    problem: null,
    retryAtMs: null,
    attempts: 0,
    share: 0,
    duplicateOf: null,
  }
}

export function facts({ name, folder, sizeBytes, modifiedMs, type }: FileFacts): FileFacts {
  return { name, folder, sizeBytes, modifiedMs, type }
}

/** The same for the same file, whichever way it was chosen: a folder's name may come with it or not. */
export function fingerprint({ name, sizeBytes, modifiedMs }: FileFacts): string {
  return `${sizeBytes} ${modifiedMs} ${name}`
}

/** What changes for a file that is sent again from its first byte on, as another upload. */
export function anew({ generation }: Item): Partial<Item> {
  return { begun: null, sentBytes: 0, allSent: false, generation: generation + 1, share: 0 }
}

const ON_THE_WAY: readonly Phase[] = ['queued', 'sending', 'paused', 'waiting', 'missing', 'held']
const OVER: readonly Phase[] = ['ready', 'duplicate', 'failed']

/** Whether something is left to do here: send bytes, or publish. */
export const isUnsent = (item: Item): boolean => ON_THE_WAY.includes(item.phase)
export const isOver = (item: Item): boolean => OVER.includes(item.phase)
/** Whether a closed tab would interrupt it. */
export const isMoving = (item: Item): boolean => ['queued', 'sending', 'waiting'].includes(item.phase)
/** Files that are done are let go, except those that may be sent again. */
export const needsFile = (item: Item): boolean =>
  isUnsent(item) || item.phase === 'failed' || item.phase === 'processing'
