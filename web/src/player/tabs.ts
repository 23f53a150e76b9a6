import type { Player } from './player'
import { isSounding } from './store'

const CHANNEL = 'tutti.playing'

/** One tab sounds at a time: whoever starts silences the others. */
export function yieldToOtherTabs(player: Player): void {
  if (typeof BroadcastChannel === 'undefined') return
  const channel = new BroadcastChannel(CHANNEL)
  channel.addEventListener('message', () => isSounding(player.store.getState()) && player.pause())
  player.store.subscribe((state, before) => {
    if (isSounding(state) && !isSounding(before)) channel.postMessage('started')
  })
}
