import { describe, expect, it } from 'vitest'
import { MAX_ATTEMPTS } from './failures'
import { newItem, type Item, type Phase } from './item'
import type { Problem, ProblemKind } from './problems'
import { EMPTY_QUEUE, nextWakeMs, type Queue } from './queue'
import { FILES_AT_ONCE, step, type QueueEvent, type ServerWord } from './step'

const BEGUN = { uploadId: 'up-a', trackId: 'track-a', partBytes: null }

function item(id: string, change: Partial<Item> = {}): Item {
  const file = { name: `${id}.flac`, folder: '', sizeBytes: 1000, modifiedMs: 1, type: 'audio/flac' }
  return { ...newItem(id, file, { hold: false }), ...change }
}

function problem(kind: ProblemKind, change: Partial<Problem> = {}): Problem {
  return { kind, code: 'CODE', message: 'Why.', retryAfterS: null, ...change }
}

function word(change: Partial<ServerWord>): ServerWord {
  const nothing = { progress: 0, reasonCode: null, reason: null, duplicateOf: null }
  return { uploadId: 'up-a', state: 'processing', ...nothing, ...change }
}

const queued = (...items: Item[]): Queue => step(EMPTY_QUEUE, { type: 'added', items })
const after = (queue: Queue, ...events: QueueEvent[]): Queue => events.reduce(step, queue)
const phases = (queue: Queue): Phase[] => Array.from(queue.items.values(), ({ phase }) => phase)
const get = (queue: Queue, id = 'a'): Item => queue.items.get(id)!
const failed = (id: string, what: Problem, nowMs = 0): QueueEvent => ({
  type: 'failed',
  id,
  problem: what,
  nowMs,
})

describe('turns', () => {
  it('are given to so many at once, in order', () => {
    const queue = queued(...Array.from('abcde', (id) => item(id)))
    expect(phases(queue)).toEqual(['sending', 'sending', 'sending', 'queued', 'queued'])
    const next = after(queue, { type: 'begun', id: 'b', begun: BEGUN }, { type: 'completed', id: 'b' })
    expect(phases(next)).toEqual(['sending', 'processing', 'sending', 'sending', 'queued'])
    expect(FILES_AT_ONCE).toBe(3)
  })

  it('pass to the next when somebody pauses, and come again afterwards', () => {
    const queue = after(queued(...Array.from('abcd', (id) => item(id))), {
      type: 'asked',
      wish: 'pause',
      ids: ['a', 'b', 'c', 'd'],
    })
    expect(phases(queue)).toEqual(['paused', 'paused', 'paused', 'paused'])
    const resumed = after(queue, { type: 'asked', wish: 'resume', ids: ['d'] })
    expect(phases(resumed)).toEqual(['paused', 'paused', 'paused', 'sending'])
  })

  it('are not for what is over', () => {
    const queue = after(queued(item('a', { phase: 'ready' })), { type: 'asked', wish: 'pause', ids: ['a'] })
    expect(phases(queue)).toEqual(['ready'])
  })
})

describe('a failure', () => {
  it('that passes is tried again later and later, and is the end when no byte ever comes through', () => {
    let queue = queued(item('a'))
    const waits: number[] = []
    for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt++) {
      queue = step(queue, failed('a', problem('passing'), 10_000))
      expect(get(queue).phase).toBe('waiting')
      waits.push(get(queue).retryAtMs! - 10_000)
      queue = step(queue, { type: 'ticked', nowMs: nextWakeMs(queue)! })
      expect(get(queue).phase).toBe('sending')
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000])
    queue = step(queue, failed('a', problem('passing'), 10_000))
    expect(get(queue).phase).toBe('failed')
    expect(get(after(queue, { type: 'asked', wish: 'retry', ids: ['a'] })).phase).toBe('sending')
  })

  it('after new bytes counts as the first', () => {
    const queue = after(
      queued(item('a', { attempts: 5 })),
      { type: 'progressed', id: 'a', sentBytes: 10 },
      failed('a', problem('passing')),
    )
    expect(get(queue).attempts).toBe(1)
    const nothingNew = after(
      queued(item('a', { attempts: 5, sentBytes: 10 })),
      { type: 'progressed', id: 'a', sentBytes: 0 },
      failed('a', problem('passing')),
    )
    expect(get(nothingNew).attempts).toBe(6)
  })

  it('of the network is waited out however long it takes, and over when the network is back', () => {
    let queue = queued(item('a', { attempts: 50 }))
    queue = step(queue, failed('a', problem('offline'), 0))
    expect(get(queue)).toMatchObject({ phase: 'waiting', retryAtMs: 60_000 })
    expect(get(step(queue, { type: 'reconnected' })).phase).toBe('sending')
  })

  it('that only the owner can mend is the end at once', () => {
    const queue = step(queued(item('a')), failed('a', problem('final')))
    expect(get(queue)).toMatchObject({ phase: 'failed', problem: { message: 'Why.' } })
  })

  it('of an upload that the server forgot begins another one', () => {
    const sending = queued(item('a', { begun: BEGUN, sentBytes: 900, allSent: true }))
    const queue = step(sending, failed('a', problem('stale')))
    expect(get(queue)).toMatchObject({ begun: null, sentBytes: 0, allSent: false, generation: 2 })
  })

  it('of an incomplete upload sends what is missing', () => {
    const sending = queued(item('a', { begun: BEGUN, allSent: true }))
    const queue = step(sending, failed('a', problem('passing', { code: 'UPLOAD_INCOMPLETE' })))
    expect(get(queue)).toMatchObject({ begun: BEGUN, allSent: false })
  })

  it('to read the file asks for it, and goes on with it', () => {
    const queue = step(queued(item('a', { begun: BEGUN, sentBytes: 500 })), failed('a', problem('file')))
    expect(get(queue).phase).toBe('missing')
    const found = step(queue, { type: 'asked', wish: 'attach', ids: ['a'] })
    expect(get(found)).toMatchObject({ phase: 'sending', begun: BEGUN, sentBytes: 500 })
  })

  it('of something that was paused meanwhile changes nothing', () => {
    const queue = after(
      queued(item('a')),
      { type: 'asked', wish: 'pause', ids: ['a'] },
      failed('a', problem('final')),
    )
    expect(get(queue).phase).toBe('paused')
  })
})

describe('a limit', () => {
  const limit = problem('limit', { retryAfterS: 3600, message: 'Enough for today.' })

  it('keeps everything back that has not begun, and says so once', () => {
    let queue = queued(...Array.from('abcd', (id) => item(id, id === 'c' ? { begun: BEGUN } : {})))
    queue = after(queue, failed('a', limit, 1000), failed('b', limit, 1000))
    expect(phases(queue)).toEqual(['queued', 'queued', 'sending', 'queued'])
    expect(queue).toMatchObject({ closedUntilMs: 3_601_000, closedBecause: 'Enough for today.' })
    expect(nextWakeMs(queue)).toBe(3_601_000)
    const open = step(queue, { type: 'ticked', nowMs: 3_601_000 })
    expect(phases(open)).toEqual(['sending', 'sending', 'sending', 'queued'])
    expect(open.closedBecause).toBeNull()
  })

  it('on one that has begun is its own', () => {
    const queue = step(queued(item('a', { begun: BEGUN }), item('b')), failed('a', limit, 0))
    expect(phases(queue)).toEqual(['waiting', 'sending'])
  })
})

describe('what is held back', () => {
  it('is sent, and completed when it is published', () => {
    const queue = after(queued(item('a', { hold: true, begun: BEGUN })), { type: 'sent', id: 'a' })
    expect(get(queue)).toMatchObject({ phase: 'held', allSent: true, sentBytes: 1000 })
    const published = step(queue, { type: 'asked', wish: 'publish', ids: ['a'] })
    expect(get(published)).toMatchObject({ phase: 'sending', hold: false, allSent: true })
  })

  it('may be let go before it is sent', () => {
    const queue = after(
      queued(item('a', { hold: true })),
      { type: 'asked', wish: 'publish', ids: ['a'] },
      { type: 'sent', id: 'a' },
    )
    expect(get(queue)).toMatchObject({ phase: 'sending', hold: false })
  })
})

describe('the server', () => {
  const working = after(queued(item('a', { begun: BEGUN })), { type: 'completed', id: 'a' })

  it('says how far it is, and when it is done', () => {
    const half = step(working, { type: 'heard', word: word({ progress: 0.5 }) })
    expect(get(half)).toMatchObject({ phase: 'processing', share: 0.5 })
    const done = step(half, { type: 'heard', word: word({ state: 'ready', progress: 1 }) })
    expect(get(done)).toMatchObject({ phase: 'ready', share: 1 })
    expect(get(step(done, { type: 'heard', word: word({ progress: 0.9 }) })).phase).toBe('ready')
  })

  it('may be done before the answer to the last request is here', () => {
    const queue = after(
      queued(item('a', { begun: BEGUN })),
      { type: 'heard', word: word({ state: 'ready' }) },
      { type: 'completed', id: 'a' },
    )
    expect(get(queue).phase).toBe('ready')
  })

  it('tells duplicates from failures', () => {
    const twice = word({ state: 'failed', reasonCode: 'DUPLICATE', duplicateOf: 'track-z' })
    expect(get(step(working, { type: 'heard', word: twice }))).toMatchObject({
      phase: 'duplicate',
      duplicateOf: 'track-z',
    })
    const broken = word({ state: 'failed', reasonCode: 'NOT_AUDIO', reason: 'This is a picture.' })
    const queue = step(working, { type: 'heard', word: broken })
    expect(get(queue)).toMatchObject({ phase: 'failed', problem: { message: 'This is a picture.' } })
    const again = step(queue, { type: 'asked', wish: 'retry', ids: ['a'] })
    expect(get(again)).toMatchObject({ phase: 'sending', begun: null, allSent: false, generation: 2 })
  })

  it('forgets what is discarded elsewhere', () => {
    expect(step(working, { type: 'heard', word: word({ state: 'discarded' }) }).items.size).toBe(0)
  })
})

describe('tags', () => {
  it('gather, and are saved only if they have not changed again', () => {
    let queue = after(queued(item('a')), { type: 'tagged', ids: ['a'], tags: { title: 'One' } })
    const saved = get(queue).tags
    queue = step(queue, { type: 'tagged', ids: ['a'], tags: { year: 1999 } })
    expect(get(queue)).toMatchObject({ tags: { title: 'One', year: 1999 }, tagsSaved: false })
    queue = step(queue, { type: 'tagsSaved', id: 'a', tags: saved })
    expect(get(queue).tagsSaved).toBe(false)
    queue = step(queue, { type: 'tagsSaved', id: 'a', tags: get(queue).tags })
    expect(get(queue).tagsSaved).toBe(true)
  })
})
