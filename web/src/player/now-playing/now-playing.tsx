import { ChevronDown } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { IconButton } from '@/components/icon-button'
import { closeNowPlaying, setLayout, useLayout } from '@/lib/layout'
import { Volume } from '@/player/dock/volume'
import { useNowPlaying } from '@/player/instance'
import { backdropOf } from './backdrop'
import { Stage } from './stage'

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
  const [first, second] = backdropOf(track.cover, track.albumTitle ?? track.title)
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
          <header className="relative grid shrink-0 grid-cols-[1fr_minmax(0,auto)_1fr] items-center px-3 pt-[max(0.75rem,env(safe-area-inset-top))] md:px-5">
            <IconButton
              icon={ChevronDown}
              label="Close"
              size="lg"
              onClick={closeNowPlaying}
              className="text-text"
            />
            <Dialog.Title className="truncate px-2 text-sm font-semibold text-muted">
              {track.albumTitle ?? 'Now playing'}
            </Dialog.Title>
            <Volume className="hidden justify-self-end md:flex" />
          </header>
          <Stage track={track} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
