import type { AlbumSummary, Track } from '@/lib/api/types'

export function makeTrack(change: Partial<Track> & { id: string }): Track {
  return {
    title: `Track ${change.id}`,
    artists: [{ id: 'artist-1', name: 'Mira Okafor' }],
    artistName: 'Mira Okafor',
    albumId: 'album-1',
    albumTitle: 'Paper Lanterns',
    discNumber: 1,
    discSubtitle: null,
    trackNumber: 1,
    year: 2020,
    genres: ['Folk'],
    cover: null,
    durationMs: 180_000,
    codec: 'mp3',
    mime: 'audio/mpeg',
    bitRateKbps: 320,
    sampleRateHz: 44_100,
    bitDepth: null,
    channels: 2,
    sizeBytes: 7_200_000,
    replayGain: { trackGainDb: null, trackPeak: null, albumGainDb: null, albumPeak: null },
    hasLyrics: false,
    playCount: 0,
    lastPlayedAt: null,
    addedAt: '2026-01-01T00:00:00Z',
    present: true,
    state: 'ready',
    uploaderId: null,
    ...change,
  }
}

/** Tracks named a, b, c … */
export function makeTracks(ids: string): Track[] {
  return Array.from(ids, (id) => makeTrack({ id }))
}

export function makeAlbum(change: Partial<AlbumSummary> & { id: string }): AlbumSummary {
  return {
    title: 'Paper Lanterns',
    artists: [{ id: 'artist-1', name: 'Mira Okafor' }],
    artistName: 'Mira Okafor',
    year: 2020,
    cover: null,
    trackCount: 9,
    durationMs: 2_400_000,
    compilation: false,
    playCount: 0,
    lastPlayedAt: null,
    rating: null,
    addedAt: '2026-01-01T00:00:00Z',
    ...change,
  }
}
