import type { ReplayGain } from '@/lib/api/types'

export type Loudness = 'off' | 'track' | 'album'

/**
 * The factor on the volume that brings a track to the reference loudness (ReplayGain 2.0, -18 LUFS).
 * Never above 1: an element cannot amplify, and would clip if it could.
 */
export function loudnessFactor(gain: ReplayGain, mode: Loudness): number {
  if (mode === 'off') return 1
  const db =
    mode === 'album' ? (gain.albumGainDb ?? gain.trackGainDb) : (gain.trackGainDb ?? gain.albumGainDb)
  return db === null ? 1 : Math.min(1, 10 ** (db / 20))
}
