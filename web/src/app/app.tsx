import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useEffect } from 'react'
import { Toaster } from '@/components/toaster'
import { TooltipProvider } from '@/components/tooltip'
import { session } from '@/lib/api/client'
import { queryClient } from '@/lib/query'
import { useTheme } from '@/lib/theme'
import { startPlayer } from '@/player/instance'
import { router } from './router'

startPlayer()

export function App() {
  useTheme()
  useEffect(() => session.subscribe(onSessionChange), [])
  return (
    <QueryClientProvider client={queryClient}>
      <TooltipProvider delayDuration={500}>
        <RouterProvider router={router} />
        <Toaster />
      </TooltipProvider>
    </QueryClientProvider>
  )
}

/** Signed out here or in another tab: nothing of the listener stays, and the guards of the routes run again. */
function onSessionChange(): void {
  if (!session.signedIn) queryClient.clear()
  void router.invalidate()
}
