import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { Entrance } from '@/components/entrance'
import { PageTitle } from '@/components/page'
import { session } from '@/lib/api/client'
import type { Library } from '@/lib/api/types'
import { cn } from '@/lib/cn'
import { AccountStep } from './account-step'
import { DemoStep } from './demo-step'
import { MusicStep } from './music-step'
import { ScanStep } from './scan-step'

const route = getRouteApi('/setup')
const STEPS = ['Your account', 'Your music', 'First scan'] as const

interface Chosen {
  library: Library
  isDemo: boolean
}

/** The first run: make the admin, point at a folder, watch it being read. */
export function SetupPage() {
  const { token } = route.useSearch()
  // Whoever reloads after the first step is signed in, and goes on with the second.
  const [signedIn, setSignedIn] = useState(session.signedIn)
  const [chosen, setChosen] = useState<Chosen | null>(null)
  const step = chosen !== null ? 2 : signedIn ? 1 : 0
  return (
    <Entrance wide>
      <PageTitle>Set up</PageTitle>
      <ol aria-label="Steps" className="mb-7 flex gap-2">
        {STEPS.map((name, at) => (
          <li key={name} aria-current={at === step ? 'step' : undefined} className="grow basis-0">
            <div
              className={cn(
                'h-1 rounded-full transition-colors duration-500',
                at <= step ? 'bg-accent' : 'bg-hover',
              )}
            />
            <p className={cn('mt-2 text-xs font-semibold', at === step ? 'text-text' : 'text-faint')}>
              {name}
            </p>
          </li>
        ))}
      </ol>
      {step === 0 && <AccountStep token={token} onDone={() => setSignedIn(true)} />}
      {step === 1 && (
        <MusicStep
          onFolder={(library) => setChosen({ library, isDemo: false })}
          onDemo={(library) => setChosen({ library, isDemo: true })}
        />
      )}
      {chosen !== null &&
        (chosen.isDemo ? <DemoStep library={chosen.library} /> : <ScanStep library={chosen.library} />)}
    </Entrance>
  )
}
