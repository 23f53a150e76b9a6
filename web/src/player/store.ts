import { createStore } from 'zustand/vanilla'
import type { Track } from '@/lib/api/types'
import type { Status } from './engine/contract'
import type { Quality } from './engine/formats'
import type { Loudness } from './engine/loudness'
import type { Rendition } from './engine/rendition'
import { currentItem, EMPTY_QUEUE, type Queue, type Repeat } from './queue/queue'

export interface PlayerState {
  queue: Queue
  status: Status
  positionMs: number
  bufferedMs: number
  /** 0 to 1. */
  volume: number
  muted: boolean
  repeat: Repeat
  shuffle: boolean
  loudness: Loudness
  quality: Quality
  /** What is heard of the track. */
  rendition: Rendition | null
  /** Why the last track would not play, for people. */
  problem: string | null
}

export const INITIAL_STATE: PlayerState = {
  queue: EMPTY_QUEUE,
  status: 'idle',
  positionMs: 0,
  bufferedMs: 0,
  volume: 0.8,
  muted: false,
  repeat: 'off',
  shuffle: false,
  loudness: 'off',
  quality: 'auto',
  rendition: null,
  problem: null,
}

export type PlayerStore = ReturnType<typeof createPlayerStore>

export function createPlayerStore(initial: Partial<PlayerState> = {}) {
  return createStore<PlayerState>(() => ({ ...INITIAL_STATE, ...initial }))
}

export function nowPlaying(state: PlayerState): Track | null {
  return currentItem(state.queue)?.track ?? null
}

/** Whether sound comes, or is about to. */
export function isSounding(state: Pick<PlayerState, 'status'>): boolean {
  return state.status === 'playing' || state.status === 'loading' || state.status === 'stalled'
}
