import { useQuery } from '@tanstack/react-query'
import { MicVocal } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { Loading, Skeleton } from '@/components/skeleton'
import { EmptyState, ErrorState } from '@/components/states'
import type { LyricsLine, Track } from '@/lib/api/types'
import { cn } from '@/lib/cn'
import { lyricsQuery } from '@/player/api'
import { player, usePlayer } from '@/player/instance'
import { lineAt } from './line-at'

export function LyricsPanel({ track, large = false }: { track: Track; large?: boolean }) {
  const { data, error, isPending, refetch } = useQuery({ ...lyricsQuery(track.id), enabled: track.hasLyrics })
  if (!track.hasLyrics) {
    return (
      <EmptyState icon={MicVocal} title="No lyrics">
        This track has none in its tags, and there is no .lrc file beside it.
      </EmptyState>
    )
  }
  if (isPending) return <LyricsSkeleton />
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (data.lines.length > 0) return <SyncedLyrics key={track.id} lines={data.lines} large={large} />
  return (
    <div className="min-h-0 grow overflow-y-auto px-5 pb-10 leading-relaxed whitespace-pre-line text-muted">
      {data.plain}
    </div>
  )
}

function SyncedLyrics({ lines, large }: { lines: readonly LyricsLine[]; large: boolean }) {
  const current = usePlayer((state) => lineAt(lines, state.positionMs))
  const shown = useRef<HTMLLIElement>(null)
  useEffect(() => {
    // In braces: newer browsers answer with a promise, which React would take for a clean-up.
    shown.current?.scrollIntoView({ block: 'center', behavior: 'smooth' })
  }, [current])
  return (
    <div className="[container-type:size] scrollbar-none min-h-0 grow overflow-y-auto mask-[linear-gradient(transparent,black_12%,black_80%,transparent)]">
      <ol aria-label="Lyrics" className={cn('px-5 py-[40cqh]', large && 'max-md:px-0')}>
        {lines.map((line, at) => (
          <li key={line.startMs} ref={at === current ? shown : null} aria-current={at === current}>
            <button
              type="button"
              onClick={() => player.seek(line.startMs)}
              className={cn(
                'w-full origin-left rounded-lg py-1.5 text-left font-display leading-snug font-semibold transition-[color,opacity,transform] duration-300 hover:text-text',
                large ? 'text-2xl lg:text-[2rem] 3xl:text-[2.5rem]' : 'text-xl',
                at === current ? 'text-text' : 'text-faint',
                at < current && 'opacity-60',
              )}
            >
              {line.text === '' ? '♪' : line.text}
            </button>
          </li>
        ))}
      </ol>
    </div>
  )
}

function LyricsSkeleton() {
  return (
    <Loading label="Loading lyrics">
      <div className="space-y-4 px-5 pt-8">
        {['w-3/4', 'w-1/2', 'w-5/6', 'w-2/3', 'w-3/5'].map((width) => (
          <Skeleton key={width} className={cn('h-6', width)} />
        ))}
      </div>
    </Loading>
  )
}
