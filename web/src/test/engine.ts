import { vi } from 'vitest'
import type { Status } from '@/player/engine/contract'
import { AudioEngine } from '@/player/engine/engine'
import type { OpenOptions, Source } from '@/player/engine/sources'
import { FakeAudio } from './fake-audio'
import { makeTrack } from './fixtures'

export const HOUR_MS = 3_600_000
export const track = makeTrack({ id: 'one' })
export const other = makeTrack({ id: 'two' })

/** An engine on two fake elements; sources are named `track#count`, with a `t` when a transcode was asked for. */
export function engineOnFakes({ transcoded = false, lifeMs = HOUR_MS } = {}) {
  const decks: FakeAudio[] = []
  const statuses: Status[] = []
  let signed = 0
  const open = vi.fn((asked: { id: string }, options: OpenOptions = {}): Promise<Source> => {
    const name = `${asked.id}#${++signed}${options.transcode === true ? 't' : ''}`
    const urlAt = (offsetMs: number) => (transcoded ? `${name}@${offsetMs}` : name)
    return Promise.resolve({ trackId: asked.id, expiresAtMs: Date.now() + lifeMs, transcoded, urlAt })
  })
  const listener = {
    onStatus: (status: Status) => void statuses.push(status),
    onProgress: vi.fn(),
    onEnded: vi.fn(),
    onFailed: vi.fn(),
  }
  const engine = new AudioEngine({
    createAudio: () => {
      const audio = new FakeAudio()
      decks.push(audio)
      return audio
    },
    sources: { open },
    listener,
    online: () => Promise.resolve(),
  })
  return { engine, first: decks[0]!, second: decks[1]!, open, listener, statuses }
}
