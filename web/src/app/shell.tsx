import { Outlet, useRouterState } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useRef } from 'react'
import { DropTarget } from '@/features/uploads/drop-target'
import { useMayUpload } from '@/features/uploads/may-upload'
import { untilItComes } from '@/lib/until-it-comes'
import { Announcer } from '@/player/announcer'
import { Dock } from '@/player/dock/dock'
import { NowPlaying } from '@/player/now-playing/now-playing'
import { SideDrawer } from '@/player/now-playing/side-drawer'
import { LiveNotice } from './live-notice'
import { ShortcutSheet } from './shortcut-sheet'
import { Sidebar } from './sidebar'
import { TabBar } from './tab-bar'
import { useAppShortcuts } from './use-app-shortcuts'
import { useLiveUpdates } from './use-live-updates'

const UploadsInBackground = lazy(async () => {
  const { UploadsInBackground } = await untilItComes(() => import('@/features/uploads/background'))
  return { default: UploadsInBackground }
})

/** The frame of every page for someone who is signed in. */
export function Shell() {
  useAppShortcuts()
  useLiveUpdates()
  const main = useFocusOnNavigation()
  const mayUpload = useMayUpload() === true
  return (
    <>
      <a
        href="#main"
        className="fixed top-3 left-3 z-60 -translate-y-20 rounded-full bg-accent px-5 py-2.5 font-semibold text-on-accent focus:translate-y-0"
      >
        Skip to the content
      </a>
      <Sidebar />
      <main
        id="main"
        ref={main}
        tabIndex={-1}
        className="min-h-dvh pb-(--foot) pl-(--sidebar) outline-none focus-visible:outline-none"
      >
        <Outlet />
      </main>
      <SideDrawer />
      <Dock />
      <TabBar />
      <NowPlaying />
      <ShortcutSheet />
      <LiveNotice />
      <Announcer />
      {mayUpload && <DropTarget />}
      <Suspense>{mayUpload && <UploadsInBackground />}</Suspense>
    </>
  )
}

/** After a link has led to another page, the keyboard goes on from the page's beginning. */
function useFocusOnNavigation() {
  const main = useRef<HTMLElement>(null)
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname })
  const before = useRef(path)
  useEffect(() => {
    const moved = before.current !== undefined && before.current !== path
    before.current = path
    const typing = document.activeElement instanceof HTMLInputElement
    if (moved && !typing) main.current?.focus({ preventScroll: true })
  }, [path])
  return main
}
