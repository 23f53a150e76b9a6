import type { Item, Phase } from '@/features/uploads/engine/item'
import { formatBytes } from '@/lib/format'
import { sayLeft, timeLeft } from './totals'

export type Tone = 'plain' | 'good' | 'warn' | 'bad'

/** How a file stands, in words. */
export interface Stage {
  words: string
  tone: Tone
  /** 0 to 1 where something moves, else null. */
  share: number | null
}

/** Up to here of its work the server looks into a file, and then up to here listens to it; the rest is encoding. */
const CHECKED = 0.1
const ANALYSED = 0.25

interface Moment {
  item: Item
  /** How much of it is sent, 0 to 1. */
  sent: number
  bytesPerS: number | null
  /** The server takes no new uploads for now. */
  closed: boolean
}

const stage = (words: string, tone: Tone = 'plain', share: number | null = null): Stage => ({
  words,
  tone,
  share,
})

const STAGES: Readonly<Record<Phase, (moment: Moment) => Stage>> = {
  queued: ({ item, closed }) =>
    stage(closed && item.begun === null ? 'Waits for the limit' : `Waiting · ${formatBytes(item.sizeBytes)}`),
  sending: ({ item, sent, bytesPerS }) =>
    stage(saySending(item, bytesPerS), 'plain', item.allSent ? 1 : sent),
  paused: ({ item, sent }) => stage(`Paused · ${sayBytes(item)}`, 'plain', sent),
  waiting: ({ item, sent }) => stage(sayWaiting(item), 'warn', sent),
  missing: ({ item, sent }) =>
    stage(item.problem?.message ?? `Choose the file again to go on · ${sayBytes(item)}`, 'warn', sent),
  held: () => stage('Sent. Publish it when it is as you want it.', 'plain', 1),
  processing: ({ item }) => stage(sayWork(item.share), 'plain', item.share),
  ready: () => stage('Ready', 'good'),
  duplicate: ({ item }) => stage(item.problem?.message ?? 'The same audio is here already.', 'warn'),
  failed: ({ item }) => stage(sayFailure(item), 'bad'),
}

export function stageOf(item: Item, bytesPerS: number | null, closed: boolean): Stage {
  const sent = item.sizeBytes === 0 ? 0 : item.sentBytes / item.sizeBytes
  return STAGES[item.phase]({ item, sent, bytesPerS, closed })
}

/** What the server does at this share of its work. */
export function sayWork(share: number): string {
  if (share === 0) return 'Waiting for the server'
  if (share < CHECKED) return 'Checking'
  if (share < ANALYSED) return 'Analysing'
  return `Encoding · ${Math.floor(share * 100)}%`
}

function saySending(item: Item, bytesPerS: number | null): string {
  if (item.allSent) return 'Finishing'
  if (item.begun === null) return 'Preparing'
  const left = timeLeft(item.sizeBytes - item.sentBytes, bytesPerS)
  const speed = bytesPerS === null ? [] : [`${formatBytes(bytesPerS)}/s`]
  return [sayBytes(item), ...speed, ...(left === null ? [] : [sayLeft(left)])].join(' · ')
}

function sayBytes({ sentBytes, sizeBytes }: Item): string {
  return `${formatBytes(sentBytes)} of ${formatBytes(sizeBytes)}`
}

function sayWaiting({ problem }: Item): string {
  if (problem?.kind === 'offline') return 'No connection. It goes on by itself.'
  return `${problem?.message ?? 'That did not work.'} Trying again soon.`
}

function sayFailure({ problem }: Item): string {
  if (problem === null) return 'That did not work.'
  return [problem.message, adviceFor(problem.code)].filter((text) => text !== null).join(' ')
}

const ADVICE: Readonly<Record<string, string>> = {
  SIZE_MISMATCH: 'Wait until the file is written, and try again.',
  CHECKSUM_MISMATCH: 'It was damaged on the way: try again.',
  BYTES_GONE: 'Try again.',
  NOT_AUDIO: 'Is it the right file?',
  DAMAGED: 'Try another copy of it.',
  TOO_LONG: 'Cut it into pieces.',
  FAILED: 'Try again, or ask an admin to look at it.',
}

export function adviceFor(code: string): string | null {
  return ADVICE[code] ?? null
}

const IN_VAIN = new Set([
  'NOT_AUDIO',
  'TOO_LONG',
  'UPLOAD_TOO_LARGE',
  'CONTENT_TYPE_REFUSED',
  'FILENAME_UNUSABLE',
])

/** Whether another try of the same file might end otherwise. */
export function canRetry({ phase, problem }: Item): boolean {
  return phase === 'waiting' || (phase === 'failed' && !IN_VAIN.has(problem?.code ?? ''))
}
