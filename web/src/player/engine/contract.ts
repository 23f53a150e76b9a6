import type { AudioElement } from './deck'
import type { Line } from './line'
import type { Rendition } from './rendition'
import type { Source, Sources } from './sources'

export type Status = 'idle' | 'loading' | 'playing' | 'paused' | 'stalled' | 'failed'

/**
 * Why the sound stopped coming: the form does not work here, what came could not be decoded, the server has too much
 * to do, the network, or nothing that anyone could name.
 */
export type Cause = 'form' | 'undecodable' | 'busy' | 'network' | 'silence'

export interface EngineListener {
  onStatus: (status: Status) => void
  onProgress: (positionMs: number, bufferedMs: number) => void
  onRendition: (rendition: Rendition | null) => void
  onEnded: () => void
  onFailed: (error: unknown) => void
}

/** HLS on an element. */
export interface HlsStream {
  readonly rendition: Rendition | null
  /** Whether it does not load for a reason that ends by itself: the server is busy, or there is no network. */
  readonly waiting: boolean
  /** How far ahead of what is heard to load. */
  setAhead: (ahead: Ahead) => void
  destroy: () => void
}

/** `start`: as much as a gapless beginning takes. */
export type Ahead = 'start' | 'far'

export interface HlsOptions {
  audio: AudioElement
  source: Source
  startMs: number
  ahead: Ahead
  onRendition: () => void
  onBroken: (cause: Cause) => void
}

export interface EngineParts {
  createAudio: () => AudioElement
  sources: Pick<Sources, 'open'>
  openHls: (options: HlsOptions) => HlsStream
  line: Pick<Line, 'stalled'>
  listener: EngineListener
  /** Settles when there is a network; at once when there is one now. */
  online: () => Promise<void>
}
