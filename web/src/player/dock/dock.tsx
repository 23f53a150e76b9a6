import { ListMusic, Maximize2, MicVocal, SkipForward } from 'lucide-react'
import { Cover } from '@/components/cover'
import { IconButton } from '@/components/icon-button'
import type { Track } from '@/lib/api/types'
import { setLayout, toggleDrawer, useLayout } from '@/lib/layout'
import { tintOf } from '@/lib/palette'
import { WIDE, useMediaQuery } from '@/lib/use-media-query'
import { player, useNowPlaying } from '@/player/instance'
import { QualityButton } from '@/player/quality/quality-menu'
import { NowPlayingInfo } from './now-playing-info'
import { ProgressLine, Scrubber } from './scrubber'
import { PlayPause, Transport } from './transport'
import { Volume } from './volume'

/** The player at the foot of every page: a full bar where there is room, a small one on phones. */
export function Dock() {
  const track = useNowPlaying()
  const wide = useMediaQuery(WIDE)
  if (track === null) return null
  const tint = tintOf(track.cover, track.albumTitle ?? track.title)
  return (
    <section
      aria-label="Player"
      className="fixed right-[max(0.5rem,env(safe-area-inset-right))] bottom-[calc(var(--tab-bar)+env(safe-area-inset-bottom)+0.5rem)] left-[calc(var(--sidebar)+0.5rem)] z-30 animate-rise"
    >
      <div
        className="overflow-hidden rounded-2xl border border-line bg-glass shadow-float backdrop-blur-xl transition-[background] duration-700"
        style={{
          backgroundImage: `linear-gradient(90deg, color-mix(in oklab, ${tint} 26%, transparent), transparent 70%)`,
        }}
      >
        {wide ? <WideDock track={track} /> : <SmallDock track={track} />}
      </div>
    </section>
  )
}

function WideDock({ track }: { track: Track }) {
  const drawer = useLayout((layout) => layout.drawer)
  return (
    <div className="grid h-[5.25rem] grid-cols-[minmax(0,1fr)_minmax(0,1.4fr)_minmax(0,1fr)] items-center gap-5 px-3.5">
      <NowPlayingInfo track={track} />
      <div className="flex flex-col items-center">
        <Transport />
        <Scrubber />
      </div>
      <div className="flex items-center justify-end gap-0.5">
        <QualityButton />
        <IconButton
          icon={MicVocal}
          label="Lyrics"
          shortcut="L"
          size="sm"
          pressed={drawer === 'lyrics'}
          onClick={() => toggleDrawer('lyrics')}
        />
        <IconButton
          icon={ListMusic}
          label="Queue"
          shortcut="Q"
          size="sm"
          pressed={drawer === 'queue'}
          onClick={() => toggleDrawer('queue')}
        />
        <Volume className="hidden lg:flex" />
        <IconButton
          icon={Maximize2}
          label="Now playing"
          shortcut="F"
          size="sm"
          iconClassName="size-4"
          onClick={() => setLayout({ nowPlayingOpen: true })}
        />
      </div>
    </div>
  )
}

function SmallDock({ track }: { track: Track }) {
  return (
    <div className="relative flex h-16 items-center gap-3 pr-1.5 pl-2">
      <button
        type="button"
        onClick={() => setLayout({ nowPlayingOpen: true })}
        className="flex min-w-0 grow items-center gap-3 rounded-lg text-left"
      >
        <Cover
          key={track.cover?.id ?? track.id}
          cover={track.cover}
          name={track.albumTitle ?? track.title}
          px={48}
          eager
          className="size-12 rounded-lg shadow-md"
        />
        <span className="min-w-0">
          <span className="sr-only">Open the now playing view: </span>
          <span className="block truncate text-[0.95rem] font-semibold">{track.title}</span>
          <span className="block truncate text-sm text-muted">{track.artistName}</span>
        </span>
      </button>
      <PlayPause bare />
      <IconButton
        icon={SkipForward}
        label="Next"
        filled
        className="text-text"
        onClick={() => player.next()}
      />
      <ProgressLine />
    </div>
  )
}
