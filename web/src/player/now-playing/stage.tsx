import { Tabs } from 'radix-ui'
import { useState, type ReactNode } from 'react'
import type { Track } from '@/lib/api/types'
import { cn } from '@/lib/cn'
import { LOW, ROOMY, useMediaQuery } from '@/lib/use-media-query'
import { BigCover } from './big-cover'
import { Controls } from './controls'
import { LyricsPanel } from './lyrics-panel'
import { QueuePanel } from './queue-panel'

const TABS = { cover: 'Cover', lyrics: 'Lyrics', queue: 'Queue' } as const
type Tab = keyof typeof TABS

interface ArrangementProps {
  track: Track
  tab: Tab
}

/**
 * Where everything stands. With room the cover stays and the tabs fill the other half; without, it is a tab itself,
 * above the controls of an upright phone and beside those of one that lies. The cover takes the room that is left over
 * in each of them, so it can neither be cut off nor lie over anything.
 */
export function Stage({ track }: { track: Track }) {
  const low = useMediaQuery(LOW)
  const roomy = useMediaQuery(ROOMY) && !low
  const [chosen, choose] = useState<Tab>('cover')
  const tab = roomy && chosen === 'cover' ? (track.hasLyrics ? 'lyrics' : 'queue') : chosen
  const Arrangement = roomy ? Wide : low ? Low : Tall
  return (
    <Tabs.Root
      value={tab}
      onValueChange={(next) => choose(next as Tab)}
      className="relative flex min-h-0 grow flex-col pb-[max(1.25rem,env(safe-area-inset-bottom))]"
    >
      <Arrangement track={track} tab={tab} />
    </Tabs.Root>
  )
}

/** As wide as the cover can be, so that one edge runs down all of it; the cover gives way where that guess is too high. */
const COLUMN =
  '[--column:clamp(20rem,100cqh_-_17rem,min(100cqw,46rem))] w-(--column) h-full max-h-[calc(var(--column)+17.5rem)]'

function Wide({ track }: ArrangementProps) {
  return (
    <div className="mx-auto grid min-h-0 w-full max-w-[112rem] grow grid-cols-2 gap-16 px-14 pt-2 3xl:gap-24">
      <div className="[container-type:size] grid min-h-0 place-items-center">
        <div className={cn('flex flex-col', COLUMN)}>
          <BigCover track={track} className="items-end justify-items-start" turn="origin-bottom-left" />
          <Controls track={track} />
        </div>
      </div>
      <div className="flex min-h-0 min-w-0 flex-col">
        <TabList names={['lyrics', 'queue']} className="self-center" />
        <Panels track={track} />
      </div>
    </div>
  )
}

function Tall({ track, tab }: ArrangementProps) {
  return (
    <div className="mx-auto flex min-h-0 w-full max-w-3xl grow flex-col px-6">
      <Panels track={track} cover={<BigCover track={track} className="place-items-center py-4" />} />
      <Controls track={track} bare={tab !== 'cover'} />
      <TabList names={['cover', 'lyrics', 'queue']} className="mt-3 self-center" />
    </div>
  )
}

function Low({ track }: ArrangementProps) {
  return (
    <div className="mx-auto grid min-h-0 w-full max-w-5xl grow grid-cols-2 gap-8 px-[max(1.5rem,env(safe-area-inset-left))]">
      <div className="flex min-h-0 min-w-0 flex-col">
        <Panels track={track} cover={<BigCover track={track} className="place-items-center" />} />
      </div>
      <div className="flex min-h-0 min-w-0 flex-col justify-center">
        <Controls track={track} bare />
        <TabList names={['cover', 'lyrics', 'queue']} className="mt-2 self-center" />
      </div>
    </div>
  )
}

function TabList({ names, className }: { names: readonly Tab[]; className: string }) {
  return (
    <Tabs.List aria-label="View" className={cn('flex shrink-0 gap-1', className)}>
      {names.map((name) => (
        <Tabs.Trigger
          key={name}
          value={name}
          className="rounded-full px-4 py-2 text-sm font-semibold text-muted transition-colors hover:text-text data-[state=active]:bg-white/15 data-[state=active]:text-text"
        >
          {TABS[name]}
        </Tabs.Trigger>
      ))}
    </Tabs.List>
  )
}

const PANEL = 'flex min-h-0 grow flex-col data-[state=inactive]:hidden'

interface PanelsProps {
  track: Track
  cover?: ReactNode
}

function Panels({ track, cover }: PanelsProps) {
  return (
    <>
      {cover !== undefined && (
        <Tabs.Content value="cover" className={PANEL}>
          {cover}
        </Tabs.Content>
      )}
      <Tabs.Content value="lyrics" className={PANEL}>
        <LyricsPanel track={track} large />
      </Tabs.Content>
      <Tabs.Content value="queue" className={cn(PANEL, 'pt-4')}>
        <QueuePanel />
      </Tabs.Content>
    </>
  )
}
