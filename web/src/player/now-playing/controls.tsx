import { ArtistLinks } from '@/components/artist-links'
import type { Track } from '@/lib/api/types'
import { closeNowPlaying } from '@/lib/layout'
import { Scrubber } from '@/player/dock/scrubber'
import { Transport } from '@/player/dock/transport'
import { RenditionButton } from '@/player/quality/quality-menu'
import { Waveform } from './waveform'

/** What plays, where it is, and what can be done about it; `bare` leaves the waveform out where room is dear. */
export function Controls({ track, bare = false }: { track: Track; bare?: boolean }) {
  return (
    <div className="w-full shrink-0">
      <div data-part="words" className="mt-5 mb-3 min-w-0">
        <p className="truncate font-display text-2xl font-bold 2xl:text-3xl" title={track.title}>
          {track.title}
        </p>
        <p className="truncate text-lg text-muted">
          <ArtistLinks artists={track.artists} fallback={track.artistName} onFollow={closeNowPlaying} />
        </p>
      </div>
      {!bare && <Waveform track={track} />}
      <div data-part="scrubber">
        <Scrubber stacked between={<RenditionButton />} />
      </div>
      <div data-part="transport" className="mt-2">
        <Transport large />
      </div>
    </div>
  )
}
