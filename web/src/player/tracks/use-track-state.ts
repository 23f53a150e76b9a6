import { useCallback } from 'react'
import type { Track } from '@/lib/api/types'
import { player, useNowPlaying, useSounding } from '@/player/instance'
import type { TrackState } from './track-row'

/** Tells of any track whether it is the one that plays. */
export function useTrackState(): (track: Track) => TrackState {
  const currentId = useNowPlaying()?.id
  const sounding = useSounding()
  return useCallback(
    (track) => (track.id !== currentId ? 'still' : sounding ? 'sounding' : 'current'),
    [currentId, sounding],
  )
}

/** Plays a list from one of its tracks on; pauses or resumes when that one is on already. */
export function playFrom(tracks: readonly Track[], at: number, state: TrackState): void {
  if (state === 'still') player.playTracks(tracks, { start: at })
  else player.toggle()
}
