import { EMPTY_QUEUE, type Queue } from './queue'
import type { Records } from './records'
import type { ServerWord } from './step'
import type { Tab } from './tab'
import type { Wire } from './transfer'

export interface EngineState {
  queue: Queue
  /** By item; only of those whose speed is known. */
  bytesPerS: ReadonlyMap<string, number>
}

export const NOTHING: EngineState = { queue: EMPTY_QUEUE, bytesPerS: new Map() }

export interface EngineParts {
  wire: Wire & {
    discard: (uploadId: string) => Promise<void>
    keep: (uploadId: string) => Promise<ServerWord>
  }
  records: Records
  tab: Tab
  newId: () => string
  /** Tells the owner of something that failed behind their back. */
  complain: (error: unknown) => void
}
