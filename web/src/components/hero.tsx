import type { ReactNode } from 'react'
import { PageBody } from '@/components/page'
import type { Cover } from '@/lib/api/types'
import { cn } from '@/lib/cn'
import { gradientOf } from '@/lib/palette'

interface HeroProps {
  cover: Cover | null
  /** Picks the colours when there is no cover. */
  name: string
  /** What it is: "Album". */
  kind: string
  title: string
  art: ReactNode
  line: ReactNode
  actions: ReactNode
}

/** The head of an album's or artist's page, in the light of its cover. */
export function Hero({ cover, name, kind, title, art, line, actions }: HeroProps) {
  const [first, second] = gradientOf(cover, name)
  return (
    <div className="relative isolate mb-6">
      <div
        aria-hidden
        className="absolute inset-x-0 top-0 -z-1 h-[34rem] mask-[linear-gradient(black,transparent)] light:opacity-60"
        style={{
          background: `radial-gradient(90% 120% at 12% 0%, color-mix(in oklab, ${first} 72%, transparent), transparent), radial-gradient(80% 110% at 95% 0%, color-mix(in oklab, ${second} 50%, transparent), transparent)`,
        }}
      />
      <PageBody className="pt-10 md:pt-16">
        <header className="flex flex-col items-center gap-6 text-center md:flex-row md:items-end md:gap-8 md:text-left">
          {art}
          <div className="min-w-0 md:pb-1">
            <p className="text-sm font-semibold text-muted">{kind}</p>
            <h1
              className={cn(
                'mt-1 font-display leading-[1.04] font-bold tracking-tight text-balance wrap-anywhere',
                title.length > 40 ? 'text-3xl lg:text-4xl' : 'text-4xl lg:text-6xl',
              )}
            >
              {title}
            </h1>
            <div className="mt-3.5 flex flex-wrap items-center justify-center gap-x-2.5 gap-y-1 md:justify-start">
              {line}
            </div>
          </div>
        </header>
        <div className="mt-7 flex flex-wrap items-center justify-center gap-3 md:justify-start">
          {actions}
        </div>
      </PageBody>
    </div>
  )
}
