import type { UploadTags } from '@/features/uploads/tags/tags'
import { afterFailure } from './failures'
import { anew, isUnsent, type Begun, type Item } from './item'
import type { Problem } from './problems'
import { change, ids, without, type Change, type Queue } from './queue'

/** What the server says of an upload, live or when asked. */
export interface ServerWord {
  uploadId: string
  state: 'waiting' | 'uploaded' | 'processing' | 'ready' | 'failed' | 'discarded'
  progress: number
  reasonCode: string | null
  reason: string | null
  duplicateOf: string | null
}

/** What the owner may do to items; `attach` is to show a file again. */
type OwnersWish = 'pause' | 'resume' | 'retry' | 'publish' | 'attach'

export type QueueEvent =
  | { type: 'added'; items: readonly Item[] }
  | { type: 'begun'; id: string; begun: Begun }
  | { type: 'progressed'; id: string; sentBytes: number }
  | { type: 'sent'; id: string }
  | { type: 'completed'; id: string }
  | { type: 'heard'; word: ServerWord }
  | { type: 'failed'; id: string; problem: Problem; nowMs: number }
  | { type: 'asked'; wish: OwnersWish; ids: readonly string[] }
  | { type: 'removed'; ids: readonly string[] }
  | { type: 'tagged'; ids: readonly string[]; tags: UploadTags }
  | { type: 'tagsSaved'; id: string; tags: UploadTags }
  | { type: 'ticked'; nowMs: number }
  | { type: 'reconnected' }

/** So many files are sent at once. */
export const FILES_AT_ONCE = 3

/** What comes of an event; ends by giving free places to those who wait for their turn. */
export function step(queue: Queue, event: QueueEvent): Queue {
  return admit(apply(queue, event))
}

function apply(queue: Queue, event: QueueEvent): Queue {
  switch (event.type) {
    case 'added':
      return {
        ...queue,
        items: new Map([...queue.items, ...event.items.map((item) => [item.id, item] as const)]),
      }
    case 'heard':
      return heard(queue, event.word)
    case 'failed':
      return afterFailure(queue, event.id, event.problem, event.nowMs)
    case 'removed':
      return without(queue, event.ids)
    case 'tagged':
      return change(queue, event.ids, (item) => ({ tags: { ...item.tags, ...event.tags }, tagsSaved: false }))
    case 'ticked':
      return ticked(queue, event.nowMs)
    case 'reconnected':
      return change(
        queue,
        ids(queue, ({ phase }) => phase === 'waiting'),
        requeued,
      )
    case 'asked':
      return change(queue, event.ids, BY_OWNER[event.wish])
    default:
      return change(queue, [event.id], byTransfer(event))
  }
}

type TransferEvent = Extract<QueueEvent, { id: string }>

/** What the transfer of a file tells of it. */
function byTransfer(event: TransferEvent): Change {
  switch (event.type) {
    case 'begun':
      return () => ({ begun: event.begun })
    case 'progressed':
      return ({ sentBytes, attempts }) => ({
        sentBytes: event.sentBytes,
        attempts: event.sentBytes > sentBytes ? 0 : attempts,
      })
    case 'sent':
      return sent
    case 'completed':
      return ({ phase }) => (phase === 'sending' ? { phase: 'processing', share: 0, problem: null } : {})
    case 'tagsSaved':
      return ({ tags }) => ({ tagsSaved: tags === event.tags })
    case 'failed':
      return () => ({})
  }
}

const requeued: Change = () => ({ phase: 'queued', problem: null, retryAtMs: null })

/** What the owner may ask of items; those to which it does not apply stay as they are. */
const BY_OWNER: Readonly<Record<OwnersWish, Change>> = {
  pause: (item) => (PAUSABLE.has(item.phase) ? { phase: 'paused', retryAtMs: null } : {}),
  resume: (item) => (item.phase === 'paused' ? requeued(item) : {}),
  retry: (item) => (RETRIABLE.has(item.phase) ? { ...again(item), ...requeued(item), attempts: 0 } : {}),
  publish: (item) => {
    if (item.phase === 'held') return { ...requeued(item), hold: false }
    return isUnsent(item) ? { hold: false } : {}
  },
  attach: (item) => (item.phase === 'missing' ? { ...requeued(item), attempts: 0 } : {}),
}
const PAUSABLE = new Set<string>(['queued', 'sending', 'waiting'])
const RETRIABLE = new Set<string>(['failed', 'waiting'])

/** What the server could make nothing of is sent anew, as another upload. */
function again(item: Item): Partial<Item> {
  return item.problem?.kind === 'ended' ? anew(item) : {}
}

/** Nothing more is sent of it; whoever holds it back keeps it until it is published. */
const sent: Change = (item) => ({
  allSent: true,
  sentBytes: item.sizeBytes,
  attempts: 0,
  ...(item.hold && item.phase === 'sending' ? { phase: 'held' as const } : {}),
})

function heard(queue: Queue, word: ServerWord): Queue {
  const concerned = ids(queue, ({ begun }) => begun?.uploadId === word.uploadId)
  if (word.state === 'discarded') return without(queue, concerned)
  return change(queue, concerned, (item) => said(item, word))
}

function said(item: Item, word: ServerWord): Partial<Item> {
  // What was said before the last bytes came, and words that overtook each other, are no news.
  if (word.state === 'waiting' || item.phase === 'ready') return {}
  if (word.state === 'ready') return { phase: 'ready', share: 1, problem: null, allSent: true }
  if (word.state === 'failed') {
    const phase = word.reasonCode === 'DUPLICATE' ? 'duplicate' : 'failed'
    return { phase, problem: refusal(word), duplicateOf: word.duplicateOf, allSent: true }
  }
  return { phase: 'processing', share: word.progress, problem: null, allSent: true }
}

function refusal({ reasonCode, reason }: ServerWord): Problem {
  const message = reason ?? 'The server could not make a track of this file.'
  return { kind: 'ended', code: reasonCode ?? 'FAILED', message, retryAfterS: null }
}

function ticked(queue: Queue, nowMs: number): Queue {
  const due = ids(
    queue,
    ({ phase, retryAtMs }) => phase === 'waiting' && retryAtMs !== null && retryAtMs <= nowMs,
  )
  const opens = queue.closedUntilMs !== null && queue.closedUntilMs <= nowMs
  return change(opens ? { ...queue, closedUntilMs: null, closedBecause: null } : queue, due, requeued)
}

/** Gives free places to those first in line; while the server is closed, to those only that it knows already. */
function admit(queue: Queue): Queue {
  let free = FILES_AT_ONCE
  for (const { phase } of queue.items.values()) if (phase === 'sending') free--
  if (free <= 0) return queue
  const next = ids(
    queue,
    (item) => item.phase === 'queued' && (queue.closedUntilMs === null || item.begun !== null),
  )
  return change(queue, next.slice(0, free), () => ({ phase: 'sending', problem: null }))
}
