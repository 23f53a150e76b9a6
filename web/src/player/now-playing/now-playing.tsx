import { ChevronDown } from 'lucide-react'
import { Dialog, Tabs } from 'radix-ui'
import { useState } from 'react'
import { ArtistLinks } from '@/components/artist-links'
import { Cover } from '@/components/cover'
import { IconButton } from '@/components/icon-button'
import type { Track } from '@/lib/api/types'
import { cn } from '@/lib/cn'
import { setLayout, useLayout } from '@/lib/layout'
import { gradientOf } from '@/lib/palette'
import { ROOMY, useMediaQuery } from '@/lib/use-media-query'
import { Scrubber } from '@/player/dock/scrubber'
import { Transport } from '@/player/dock/transport'
import { Volume } from '@/player/dock/volume'
import { useNowPlaying, useSounding } from '@/player/instance'
import { RenditionButton } from '@/player/quality/quality-menu'
import { LyricsPanel } from './lyrics-panel'
import { QueuePanel } from './queue-panel'
import { Waveform } from './waveform'

const close = () => setLayout({ nowPlayingOpen: false })

/** The view itself: its first button would show its tooltip, and take the first Escape. */
function focusContent(event: Event): void {
  event.preventDefault()
  if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus()
}

/** What plays, over the whole window: the cover, and the lyrics or the queue beside or instead of it. */
export function NowPlaying() {
  const open = useLayout((layout) => layout.nowPlayingOpen)
  const track = useNowPlaying()
  if (track === null) return null
  const [first, second] = gradientOf(track.cover, track.albumTitle ?? track.title)
  return (
    <Dialog.Root open={open} onOpenChange={(nowPlayingOpen) => setLayout({ nowPlayingOpen })}>
      <Dialog.Portal>
        <Dialog.Content
          aria-describedby={undefined}
          onOpenAutoFocus={focusContent}
          data-theme="dark"
          className="fixed inset-0 z-40 flex animate-sheet flex-col overflow-hidden bg-ground text-text outline-none"
        >
          <div
            aria-hidden
            className="absolute inset-0 opacity-90 transition-[background] duration-1000"
            style={{
              background: `radial-gradient(130% 110% at 10% 0%, ${first}, transparent 75%), radial-gradient(120% 110% at 100% 100%, ${second}, transparent 75%)`,
            }}
          />
          <div aria-hidden className="absolute inset-0 bg-linear-to-b from-black/30 to-black/60" />
          <header className="relative flex items-center justify-between px-3 pt-[max(0.75rem,env(safe-area-inset-top))]">
            <IconButton icon={ChevronDown} label="Close" size="lg" onClick={close} className="text-text" />
            <Dialog.Title className="truncate px-2 text-sm font-semibold text-muted">
              {track.albumTitle ?? 'Now playing'}
            </Dialog.Title>
            <span className="w-12" />
          </header>
          <Stage track={track} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

const TAB =
  'rounded-full px-4 py-2 text-sm font-semibold text-muted transition-colors hover:text-text data-[state=active]:bg-white/15 data-[state=active]:text-text'
const TAB_PANEL = 'flex min-h-0 grow flex-col data-[state=inactive]:hidden'

const TABS = { cover: 'Cover', lyrics: 'Lyrics', queue: 'Queue' } as const
type Tab = keyof typeof TABS

/** With room, the cover stays and the tabs fill the other half; without, it is a tab itself. */
function Stage({ track }: { track: Track }) {
  const roomy = useMediaQuery(ROOMY)
  const [chosen, choose] = useState<Tab>('cover')
  const tab = roomy && chosen === 'cover' ? (track.hasLyrics ? 'lyrics' : 'queue') : chosen
  const tabs: readonly Tab[] = roomy ? ['lyrics', 'queue'] : ['cover', 'lyrics', 'queue']
  return (
    <Tabs.Root
      value={tab}
      onValueChange={(next) => choose(next as Tab)}
      className="relative mx-auto flex min-h-0 w-full max-w-[90rem] grow flex-col px-6 pb-[max(1.25rem,env(safe-area-inset-bottom))] lg:px-14"
    >
      <div className={cn('grid min-h-0 grow', roomy && 'grid-cols-2 gap-16')}>
        {roomy && <BigCover track={track} />}
        {!roomy && (
          <Tabs.Content value="cover" className={cn(TAB_PANEL, 'justify-center')}>
            <BigCover track={track} />
          </Tabs.Content>
        )}
        <Tabs.Content value="lyrics" className={TAB_PANEL}>
          <LyricsPanel track={track} large />
        </Tabs.Content>
        <Tabs.Content value="queue" className={cn(TAB_PANEL, 'pt-4')}>
          <QueuePanel />
        </Tabs.Content>
      </div>
      <Controls track={track} />
      <Tabs.List aria-label="View" className="mt-3 flex justify-center gap-1">
        {tabs.map((name) => (
          <Tabs.Trigger key={name} value={name} className={TAB}>
            {TABS[name]}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
    </Tabs.Root>
  )
}

function BigCover({ track }: { track: Track }) {
  const sounding = useSounding()
  return (
    <div className="grid min-h-0 place-items-center py-4">
      <Cover
        key={track.cover?.id ?? track.id}
        cover={track.cover}
        name={track.albumTitle ?? track.title}
        px={560}
        eager
        className={cn(
          'w-[min(100%,52dvh,35rem)] rounded-2xl shadow-cover transition-transform duration-500 ease-spring',
          !sounding && 'scale-[0.94]',
        )}
      />
    </div>
  )
}

function Controls({ track }: { track: Track }) {
  return (
    <div className="mx-auto w-full max-w-3xl">
      <div className="mb-4 min-w-0">
        <p className="truncate font-display text-2xl font-bold md:text-3xl" title={track.title}>
          {track.title}
        </p>
        <p className="truncate text-lg text-muted">
          <ArtistLinks artists={track.artists} fallback={track.artistName} onFollow={close} />
        </p>
      </div>
      <Waveform track={track} />
      <Scrubber stacked between={<RenditionButton />} />
      <div className="mt-2 grid grid-cols-1 items-center md:grid-cols-[1fr_auto_1fr]">
        <Transport large />
        <Volume className="hidden justify-end md:order-last md:flex" />
        <span className="order-first hidden md:block" />
      </div>
    </div>
  )
}
