import { queryOptions, useQuery } from '@tanstack/react-query'
import { api, take } from '@/lib/api/client'
import { ApiError } from '@/lib/api/error'
import type { Track } from '@/lib/api/types'
import { cn } from '@/lib/cn'
import { usePlayer } from '@/player/instance'
import { HEIGHT, outlineOf, WIDTH } from './outline'

function waveformQuery(trackId: string) {
  return queryOptions({
    queryKey: ['waveforms', trackId],
    queryFn: ({ signal }) => fetchOutline(trackId, signal),
    staleTime: Infinity,
  })
}

/** The server makes that of a file in a library when it is first asked for, which may take seconds. */
async function fetchOutline(trackId: string, signal: AbortSignal): Promise<string> {
  const path = { track_id: trackId }
  const stream = await take(api.POST('/api/v1/stream/{track_id}', { params: { path }, signal }))
  if (stream.waveform === null) return ''
  const answer = await fetch(stream.waveform, { signal })
  if (!answer.ok) throw ApiError.from(answer, null)
  return outlineOf(new Uint8Array(await answer.arrayBuffer()))
}

/**
 * How loud each part of the track is; what has been heard is brighter. A picture for eyes alone: the bar below it says
 * and does the same. Its place is kept while it is not there.
 */
export function Waveform({ track }: { track: Track }) {
  const { data: outline = '' } = useQuery(waveformQuery(track.id))
  const positionMs = usePlayer((state) => state.positionMs)
  const heard = Math.min(100, (positionMs / Math.max(1, track.durationMs)) * 100)
  return (
    <svg
      aria-hidden
      data-part="waveform"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className={cn(
        'pointer-events-none h-10 w-full transition-opacity duration-500',
        outline === '' && 'opacity-0',
      )}
    >
      <path d={outline} className="fill-text/25" />
      <path d={outline} className="fill-text" style={{ clipPath: `inset(0 ${100 - heard}% 0 0)` }} />
    </svg>
  )
}
