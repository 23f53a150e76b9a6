import { vi } from 'vitest'
import type { Ahead, HlsOptions, HlsStream, Status } from '@/player/engine/contract'
import { AudioEngine } from '@/player/engine/engine'
import type { Form } from '@/player/engine/forms'
import type { Rendition } from '@/player/engine/rendition'
import type { OpenOptions, Source } from '@/player/engine/sources'
import { FakeAudio } from './fake-audio'
import { makeTrack } from './fixtures'

export const HOUR_MS = 3_600_000
export const track = makeTrack({ id: 'one' })
export const other = makeTrack({ id: 'two' })

const FORMS = {
  original: { kind: 'original' },
  transcode: { kind: 'transcode', format: 'opus', bitRateKbps: 192 },
  hls: { kind: 'hls', rungs: 'adaptive' },
} as const satisfies Record<string, Form>

interface Conditions {
  form?: keyof typeof FORMS
  lifeMs?: number
}

/** HLS on an element, of which a test says what comes. */
export class FakeHls implements HlsStream {
  rendition: Rendition | null = null
  waiting = false
  destroyed = false
  ahead: Ahead

  constructor(readonly options: HlsOptions) {
    this.ahead = options.ahead
  }

  setAhead(ahead: Ahead): void {
    this.ahead = ahead
  }

  destroy(): void {
    this.destroyed = true
  }
}

/** An engine on two fake elements; sources are named `track#count`, with a `+` for each way to play it passed over. */
export function engineOnFakes({ form = 'original', lifeMs = HOUR_MS }: Conditions = {}) {
  const decks: FakeAudio[] = []
  const streams: FakeHls[] = []
  const statuses: Status[] = []
  const wish = { form }
  let signed = 0
  const open = vi.fn((asked: { id: string }, { skip = 0 }: OpenOptions = {}): Promise<Source> => {
    const name = `${asked.id}#${++signed}${'+'.repeat(skip)}`
    const hls = wish.form === 'hls'
    return Promise.resolve({
      trackId: asked.id,
      expiresAtMs: hls ? Infinity : Date.now() + lifeMs,
      form: FORMS[wish.form],
      urlAt: (offsetMs: number) => (wish.form === 'transcode' ? `${name}@${offsetMs}` : name),
      signed: hls ? (url: string) => Promise.resolve(url) : null,
    })
  })
  const listener = {
    onStatus: (status: Status) => void statuses.push(status),
    onProgress: vi.fn(),
    onRendition: vi.fn(),
    onEnded: vi.fn(),
    onFailed: vi.fn(),
  }
  const line = { stalled: vi.fn(() => false) }
  const engine = new AudioEngine({
    createAudio: () => {
      const audio = new FakeAudio()
      decks.push(audio)
      return audio
    },
    sources: { open },
    openHls: (options) => {
      const stream = new FakeHls(options)
      streams.push(stream)
      return stream
    },
    line,
    listener,
    online: () => Promise.resolve(),
  })
  return { engine, first: decks[0]!, second: decks[1]!, streams, open, listener, line, statuses, wish }
}
