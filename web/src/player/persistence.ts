import { QUALITIES, type Quality } from './engine/formats'
import type { PlayerState, PlayerStore } from './store'

const KEY = 'tutti.player'
const VERSION = 1
const SAVE_EVERY_MS = 2_000
/** Storage is small: of a long queue, this many items around the one that plays are kept. */
const MAX_ITEMS = 500
const KEPT_BEHIND = 50

type Kept = Pick<
  PlayerState,
  'queue' | 'positionMs' | 'volume' | 'muted' | 'repeat' | 'shuffle' | 'loudness' | 'quality'
>

/** What was playing when the page was closed; paused, whatever it was then. */
export function restorePlayer(storage: Storage): Partial<PlayerState> {
  try {
    const kept = JSON.parse(storage.getItem(KEY) ?? 'null') as (Kept & { version: number }) | null
    if (kept?.version !== VERSION) return {}
    const { version: _version, ...state } = kept
    return { ...state, quality: known(state.quality), status: state.queue.index === -1 ? 'idle' : 'paused' }
  } catch {
    return {}
  }
}

/** Saves the player's state as it changes, at most every two seconds, and when the page goes away. */
export function persistPlayer(store: PlayerStore, storage: Storage): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const save = () => {
    clearTimeout(timer)
    timer = undefined
    storage.setItem(KEY, JSON.stringify({ version: VERSION, ...pick(store.getState()) }))
  }
  store.subscribe(() => (timer ??= setTimeout(save, SAVE_EVERY_MS)))
  window.addEventListener('pagehide', save)
}

/** Earlier versions had other names. */
function known(quality: string): Quality {
  if (quality === 'saver') return 'data-saver'
  return QUALITIES.find((one) => one === quality) ?? 'auto'
}

function pick(state: PlayerState): Kept {
  const { positionMs, volume, muted, repeat, shuffle, loudness, quality } = state
  return { queue: trim(state.queue), positionMs, volume, muted, repeat, shuffle, loudness, quality }
}

function trim(queue: PlayerState['queue']): PlayerState['queue'] {
  if (queue.items.length <= MAX_ITEMS) return queue
  const from = Math.max(0, Math.min(queue.index - KEPT_BEHIND, queue.items.length - MAX_ITEMS))
  const items = queue.items.slice(from, from + MAX_ITEMS)
  return { items, index: queue.index - from, unshuffled: null }
}
