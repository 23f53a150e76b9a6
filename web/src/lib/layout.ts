import { create } from 'zustand'
import { createJSONStorage, persist } from 'zustand/middleware'

export type Theme = 'system' | 'light' | 'dark'
/** What the side drawer shows; null when it is closed. */
export type Drawer = 'queue' | 'lyrics' | null

interface Layout {
  theme: Theme
  drawer: Drawer
  nowPlayingOpen: boolean
  shortcutsOpen: boolean
}

/** How the page is arranged. Only the theme outlives the page. */
export const useLayout = create<Layout>()(
  persist((): Layout => ({ theme: 'system', drawer: null, nowPlayingOpen: false, shortcutsOpen: false }), {
    name: 'tutti.layout',
    storage: createJSONStorage(() => localStorage),
    partialize: ({ theme }) => ({ theme }),
  }),
)

export const setLayout: typeof useLayout.setState = (change) => useLayout.setState(change)

export function toggleDrawer(drawer: NonNullable<Drawer>): void {
  setLayout((layout) => ({ drawer: layout.drawer === drawer ? null : drawer }))
}

export const closeNowPlaying = () => setLayout({ nowPlayingOpen: false })
