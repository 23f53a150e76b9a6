import { useEffect, useRef, useSyncExternalStore } from 'react'
import { API, session } from '@/lib/api/client'
import { LiveSocket, type OnMessage } from './live-socket'

/** The live socket of this page. */
export const live = new LiveSocket({
  open: () => new WebSocket(`${location.origin.replace(/^http/, 'ws')}${API}/live`),
  token: () => session.accessToken(),
})

window.addEventListener('online', () => live.wake())
session.subscribe(() => session.signedIn && live.wake())

/** Whether live updates are paused: what is shown may be older than it is elsewhere, until it is asked for again. */
export function useLivePaused(): boolean {
  return useSyncExternalStore(onPause, isPaused)
}

const onPause = (listener: () => void) => live.onPause(listener)
const isPaused = () => live.paused

/** Hears a channel while the component is there; null hears nothing. */
export function useLive(channel: string | null, onMessage: OnMessage): void {
  const latest = useRef(onMessage)
  useEffect(() => {
    latest.current = onMessage
  })
  useEffect(() => {
    if (channel === null) return undefined
    return live.subscribe(channel, (message) => latest.current(message))
  }, [channel])
}
