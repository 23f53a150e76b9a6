import { useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { setLayout, toggleDrawer } from '@/lib/layout'
import { useShortcuts, type Shortcuts } from '@/lib/use-shortcuts'
import { player } from '@/player/instance'

const SEEK_MS = 5_000
const VOLUME_STEP = 0.05

/** The keys that work on every page; app/shortcut-sheet.tsx tells them. */
export function useAppShortcuts(): void {
  const navigate = useNavigate()
  const shortcuts = useMemo(
    (): Shortcuts => ({
      ' ': () => player.toggle(),
      j: () => player.previous(),
      k: () => player.next(),
      ArrowLeft: () => player.seekBy(-SEEK_MS),
      ArrowRight: () => player.seekBy(SEEK_MS),
      'Shift+ArrowUp': () => player.setVolume(player.store.getState().volume + VOLUME_STEP),
      'Shift+ArrowDown': () => player.setVolume(player.store.getState().volume - VOLUME_STEP),
      m: () => player.toggleMute(),
      s: () => player.toggleShuffle(),
      r: () => player.cycleRepeat(),
      q: () => toggleDrawer('queue'),
      l: () => toggleDrawer('lyrics'),
      f: () => setLayout(({ nowPlayingOpen }) => ({ nowPlayingOpen: !nowPlayingOpen })),
      '/': () => void navigate({ to: '/search' }),
      '?': () => setLayout({ shortcutsOpen: true }),
    }),
    [navigate],
  )
  useShortcuts(shortcuts)
}
