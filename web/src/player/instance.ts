import { useStore } from 'zustand'
import { api, confirm, session, take } from '@/lib/api/client'
import { describeError } from '@/lib/api/error'
import type { Track } from '@/lib/api/types'
import { browserOf, networkHints } from './engine/browser'
import { AudioEngine } from './engine/engine'
import { hlsOpener } from './engine/hls'
import { Line } from './engine/line'
import { Sources } from './engine/sources'
import { attachMediaSession } from './media-session'
import { persistPlayer, restorePlayer } from './persistence'
import { PlayLog } from './play-log'
import { Player } from './player'
import { createPlayerStore, isSounding, nowPlaying, type PlayerState } from './store'
import { yieldToOtherTabs } from './tabs'

const store = createPlayerStore(restorePlayer(localStorage))

const line = new Line(location.hostname, networkHints)

const sources = new Sources({
  sign: (trackId) => take(api.POST('/api/v1/stream/{track_id}', { params: { path: { track_id: trackId } } })),
  browser: browserOf(new Audio()),
  quality: () => store.getState().quality,
  line,
})

const log = new PlayLog({
  send: (events, last) => confirm(api.POST('/api/v1/playback/events', { body: { events }, keepalive: last })),
  storage: localStorage,
})

/** The one player of this page. */
export const player = new Player({
  store,
  log,
  describe: describeError,
  createEngine: (listener) =>
    new AudioEngine({
      createAudio,
      sources,
      openHls: hlsOpener({ line, online: waitForNetwork }),
      line,
      listener,
      online: waitForNetwork,
    }),
})

/** Starts what lives as long as the page: storage, media keys, other tabs, the log's last word. */
export function startPlayer(): void {
  persistPlayer(store, localStorage)
  if ('mediaSession' in navigator) attachMediaSession(player, navigator.mediaSession)
  yieldToOtherTabs(player)
  window.addEventListener('pagehide', () => void log.flush(true))
  session.subscribe(() => !session.signedIn && player.clear())
}

export function usePlayer<Part>(select: (state: PlayerState) => Part): Part {
  return useStore(store, select)
}

export function useNowPlaying(): Track | null {
  return usePlayer(nowPlaying)
}

export function useSounding(): boolean {
  return usePlayer(isSounding)
}

function createAudio(): HTMLAudioElement {
  const audio = new Audio()
  audio.preload = 'auto'
  return audio
}

function waitForNetwork(): Promise<void> {
  if (navigator.onLine) return Promise.resolve()
  return new Promise((resolve) => window.addEventListener('online', () => resolve(), { once: true }))
}
