import type { AudioElement } from './deck'
import type { Sources } from './sources'

export type Status = 'idle' | 'loading' | 'playing' | 'paused' | 'stalled' | 'failed'

export interface EngineListener {
  onStatus: (status: Status) => void
  onProgress: (positionMs: number, bufferedMs: number) => void
  onEnded: () => void
  onFailed: (error: unknown) => void
}

export interface EngineParts {
  createAudio: () => AudioElement
  sources: Pick<Sources, 'open'>
  listener: EngineListener
  /** Settles when there is a network; at once when there is one now. */
  online: () => Promise<void>
}
