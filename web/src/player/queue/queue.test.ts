import { describe, expect, it } from 'vitest'
import { makeTrack, makeTracks } from '@/test/fixtures'
import * as q from './queue'

const spell = (queue: q.Queue) => queue.items.map((item) => item.track.id).join('')
const playing = (queue: q.Queue) => q.currentItem(queue)?.track.id ?? null
const idOf = (queue: q.Queue, track: string) => queue.items.find((item) => item.track.id === track)!.id

/** A seeded generator (mulberry32), so that a failure can be seen again. */
function seeded(seed: number): q.Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

describe('shuffling', () => {
  it('keeps what plays and every other track', () => {
    const queue = q.queueOf(makeTracks('abcdefgh'), 3, seeded(1))
    expect(playing(queue)).toBe('d')
    expect(queue.index).toBe(0)
    expect(Array.from(spell(queue)).sort().join('')).toBe('abcdefgh')
    expect(spell(queue)).not.toBe('dabcefgh')
  })

  it('is undone to the order before, with what plays still playing', () => {
    const queue = q.unshuffled(q.queueOf(makeTracks('abcdefgh'), 3, seeded(1)))
    expect(spell(queue)).toBe('abcdefgh')
    expect(playing(queue)).toBe('d')
  })

  it('gives a track added meanwhile its neighbour when undone', () => {
    const shuffled = q.queueOf(makeTracks('abc'), 1, seeded(2))
    expect(spell(q.unshuffled(q.addedNext(shuffled, makeTracks('x'))))).toBe('abxc')
    expect(spell(q.unshuffled(q.addedNext(q.removed(shuffled, idOf(shuffled, 'a')), makeTracks('x'))))).toBe(
      'bxc',
    )
  })
})

describe('changing the queue', () => {
  const queue = q.queueOf(makeTracks('abcd'), 1, null)

  it('adds next and last', () => {
    expect(spell(q.addedNext(queue, makeTracks('xy')))).toBe('abxycd')
    expect(spell(q.addedLast(queue, makeTracks('xy')))).toBe('abcdxy')
    expect(playing(q.addedLast(q.EMPTY_QUEUE, makeTracks('xy')))).toBe('x')
  })

  it('removes without losing what plays', () => {
    expect(playing(q.removed(queue, idOf(queue, 'a')))).toBe('b')
    expect(playing(q.removed(queue, idOf(queue, 'd')))).toBe('b')
  })

  it('goes on with the follower when what plays is removed, and with the last at the end', () => {
    expect(playing(q.removed(queue, idOf(queue, 'b')))).toBe('c')
    const atEnd = { ...queue, index: 3 }
    expect(playing(q.removed(atEnd, idOf(queue, 'd')))).toBe('c')
    const alone = q.queueOf(makeTracks('a'), 0, null)
    expect(q.removed(alone, idOf(alone, 'a'))).toMatchObject({ items: [], index: -1 })
  })

  it('moves items and follows what plays', () => {
    const moved = q.moved(queue, idOf(queue, 'd'), 0)
    expect(spell(moved)).toBe('dabc')
    expect(playing(moved)).toBe('b')
    expect(spell(q.moved(queue, idOf(queue, 'b'), 99))).toBe('acdb')
    expect(q.moved(queue, 'unknown', 0)).toBe(queue)
  })

  it('clears what is to come', () => {
    expect(spell(q.withoutUpcoming(queue))).toBe('ab')
  })
})

describe('what plays next', () => {
  const queue = q.queueOf(makeTracks('abc'), 2, null)

  it('ends at the end, or goes round', () => {
    expect(q.nextIndex(queue, 'off')).toBeNull()
    expect(q.nextIndex(queue, 'all')).toBe(0)
    expect(q.previousIndex({ ...queue, index: 0 }, 'off')).toBeNull()
    expect(q.previousIndex({ ...queue, index: 0 }, 'all')).toBe(2)
  })

  it('passes over tracks whose files are missing', () => {
    const gone = makeTrack({ id: 'x', present: false })
    const holed = q.queueOf([...makeTracks('a'), gone, gone, ...makeTracks('b')], 0, null)
    expect(q.nextIndex(holed, 'off')).toBe(3)
    expect(q.previousIndex({ ...holed, index: 3 }, 'off')).toBe(0)
    expect(q.nextIndex(q.queueOf([gone, gone], 0, null), 'all')).toBeNull()
  })
})

it('never loses or doubles an item in a thousand random changes', () => {
  const random = seeded(7)
  let queue = q.queueOf(makeTracks('abcdef'), 0, null)
  let expected = 6
  for (let step = 0; step < 1000; step++) {
    const some = queue.items[Math.floor(random() * queue.items.length)]
    const kind = Math.floor(random() * 6)
    if (kind === 0) queue = q.shuffled(queue, random)
    if (kind === 1) queue = q.unshuffled(queue)
    if (kind === 2) queue = q.addedNext(queue, makeTracks('x'))
    if (kind === 3) queue = q.addedLast(queue, makeTracks('y'))
    if (kind === 4 && some !== undefined && queue.items.length > 2) queue = q.removed(queue, some.id)
    if (kind === 5 && some !== undefined) queue = q.moved(queue, some.id, Math.floor(random() * 10))
    if (kind === 2 || kind === 3) expected++
    if (kind === 4 && some !== undefined && !queue.items.includes(some)) expected--
    expect(queue.items).toHaveLength(expected)
    expect(new Set(queue.items.map((item) => item.id)).size).toBe(expected)
    expect(q.currentItem(queue)).not.toBeNull()
    if (queue.unshuffled !== null) {
      expect([...queue.unshuffled].sort()).toEqual(queue.items.map((item) => item.id).sort())
    }
  }
})
