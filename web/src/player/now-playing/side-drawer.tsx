import { X } from 'lucide-react'
import { IconButton } from '@/components/icon-button'
import { setLayout, useLayout } from '@/lib/layout'
import { useNowPlaying } from '@/player/instance'
import { LyricsPanel } from './lyrics-panel'
import { QueuePanel } from './queue-panel'

const TITLES = { queue: 'Queue', lyrics: 'Lyrics' } as const

/** Queue or lyrics beside the page, on wide screens; the page stays usable. */
export function SideDrawer() {
  const drawer = useLayout((layout) => layout.drawer)
  const track = useNowPlaying()
  if (drawer === null || track === null) return null
  return (
    <aside
      aria-label={TITLES[drawer]}
      className="fixed top-2 right-2 bottom-[calc(var(--dock)+0.75rem)] z-20 hidden w-88 animate-drawer flex-col overflow-hidden rounded-2xl border border-line bg-panel shadow-float md:flex"
    >
      <header className="flex items-center justify-between py-3 pr-2.5 pl-4">
        <h2 className="font-display text-lg font-semibold">{TITLES[drawer]}</h2>
        <IconButton icon={X} label="Close" size="sm" onClick={() => setLayout({ drawer: null })} />
      </header>
      {drawer === 'queue' ? <QueuePanel /> : <LyricsPanel track={track} />}
    </aside>
  )
}
