import type { Track } from '@/lib/api/types'
import { coverUrl } from '@/lib/cover-url'
import type { Player } from './player'
import { isSounding, nowPlaying, type PlayerState } from './store'

const SEEK_MS = 10_000

/** Lock screens, media keys and headphones: https://w3c.github.io/mediasession/ */
export function attachMediaSession(player: Player, session: MediaSession): void {
  const actions: Partial<Record<MediaSessionAction, MediaSessionActionHandler>> = {
    play: () => player.play(),
    pause: () => player.pause(),
    stop: () => player.pause(),
    nexttrack: () => player.next(),
    previoustrack: () => player.previous(),
    seekbackward: (details) => player.seekBy(-(details.seekOffset ?? SEEK_MS / 1000) * 1000),
    seekforward: (details) => player.seekBy((details.seekOffset ?? SEEK_MS / 1000) * 1000),
    seekto: (details) => player.seek((details.seekTime ?? 0) * 1000),
  }
  for (const [action, handler] of Object.entries(actions)) {
    try {
      session.setActionHandler(action as MediaSessionAction, handler)
    } catch {
      // A browser may know fewer actions than there are.
    }
  }
  player.store.subscribe((state, before) => {
    const track = nowPlaying(state)
    if (track !== nowPlaying(before)) session.metadata = track === null ? null : describe(track)
    session.playbackState = track === null ? 'none' : isSounding(state) ? 'playing' : 'paused'
    if (state.positionMs !== before.positionMs) tellPosition(session, state)
  })
}

function describe(track: Track): MediaMetadata {
  const sizes = [256, 512] as const
  const cover = track.cover
  return new MediaMetadata({
    title: track.title,
    artist: track.artistName,
    album: track.albumTitle ?? '',
    artwork:
      cover === null ? [] : sizes.map((side) => ({ src: coverUrl(cover, side), sizes: `${side}x${side}` })),
  })
}

function tellPosition(session: MediaSession, state: PlayerState): void {
  const duration = (nowPlaying(state)?.durationMs ?? 0) / 1000
  const position = Math.min(state.positionMs / 1000, duration)
  if (duration > 0) session.setPositionState({ duration, position, playbackRate: 1 })
}
