import type { ReactNode } from 'react'
import { Logo, Wordmark } from '@/components/logo'
import { cn } from '@/lib/cn'

/** The page before one is in: a card in the light of four voices. */
export function Entrance({ children, wide = false }: { children: ReactNode; wide?: boolean }) {
  return (
    <main className="relative isolate grid min-h-dvh place-items-center overflow-hidden px-4 py-10">
      <div
        aria-hidden
        className="absolute inset-0 -z-1 bg-[radial-gradient(55%_60%_at_12%_8%,#ff7a5955,transparent),radial-gradient(50%_55%_at_92%_18%,#a96bff44,transparent),radial-gradient(60%_60%_at_70%_105%,#f2508b3d,transparent)]"
      />
      <div className={cn('w-full animate-rise', wide ? 'max-w-xl' : 'max-w-md')}>
        <p className="mb-7 flex items-center justify-center gap-2.5">
          <Logo className="size-10" />
          <Wordmark className="text-3xl" />
        </p>
        <div className="rounded-3xl border border-line bg-panel/90 p-6 shadow-float backdrop-blur sm:p-9">
          {children}
        </div>
      </div>
    </main>
  )
}
