import { anew, type Item } from './item'
import type { Problem } from './problems'
import { change, type Queue } from './queue'

/** So many failures in a row, without one byte in between, are the end. */
export const MAX_ATTEMPTS = 8
const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 60_000
const LIMIT_WAIT_S = 30

/** What becomes of a file whose sending failed, and of the queue. */
export function afterFailure(queue: Queue, id: string, problem: Problem, nowMs: number): Queue {
  const item = queue.items.get(id)
  // Paused or removed meanwhile: what its end was like no longer matters.
  if (item?.phase !== 'sending') return queue
  if (problem.kind === 'limit') return held(queue, item, problem, nowMs)
  return change(queue, [id], () => next(item, problem, nowMs))
}

/** The server has had enough of somebody: their other files need not hear it one by one. */
function held(queue: Queue, item: Item, problem: Problem, nowMs: number): Queue {
  const untilMs = nowMs + (problem.retryAfterS ?? LIMIT_WAIT_S) * 1000
  if (item.begun !== null)
    return change(queue, [item.id], () => ({ phase: 'waiting', problem, retryAtMs: untilMs }))
  const closed = { ...queue, closedUntilMs: untilMs, closedBecause: problem.message }
  return change(closed, [item.id], () => ({ phase: 'queued' }))
}

function next(item: Item, problem: Problem, nowMs: number): Partial<Item> {
  const attempts = item.attempts + 1
  switch (problem.kind) {
    case 'offline':
      // However long it takes; the network's return is heard, a server's is not.
      return { phase: 'waiting', problem, attempts, retryAtMs: nowMs + waitMs(attempts) }
    case 'file':
      return { phase: 'missing', problem, attempts: 0 }
    case 'stale':
      return { ...anew(item), ...retried(attempts, problem, nowMs) }
    case 'passing':
      return {
        ...retried(attempts, problem, nowMs),
        allSent: item.allSent && problem.code !== 'UPLOAD_INCOMPLETE',
      }
    case 'ended':
      return { phase: 'processing', problem: null, allSent: true }
    default:
      return { phase: 'failed', problem }
  }
}

function retried(attempts: number, problem: Problem, nowMs: number): Partial<Item> {
  if (attempts >= MAX_ATTEMPTS) return { phase: 'failed', problem, attempts: 0 }
  return { phase: 'waiting', problem, attempts, retryAtMs: nowMs + waitMs(attempts) }
}

function waitMs(attempts: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempts - 1))
}
