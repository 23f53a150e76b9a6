import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { Entrance } from '@/components/entrance'
import { PageTitle } from '@/components/page'
import { session } from '@/lib/api/client'
import type { Library } from '@/lib/api/types'
import { cn } from '@/lib/cn'
import { AccountStep } from './account-step'
import { libraryQuery } from './api'
import { DemoStep } from './demo-step'
import { MusicStep } from './music-step'
import { ScanStep } from './scan-step'

const route = getRouteApi('/setup')
const STEPS = ['Your account', 'Your music', 'First scan'] as const

/** The first run: make the admin, point at a folder, watch it being read. */
export function SetupPage() {
  const { token, step: shown } = route.useSearch()
  // Whoever reloads goes on where they were: signed in after the first step, with a library in the address after the second.
  const [signedIn, setSignedIn] = useState(session.signedIn)
  const { library, isComing, choose } = useChosen(signedIn)
  const step = library !== undefined || isComing ? 2 : signedIn ? 1 : 0
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
          onFolder={(chosen) => choose(chosen, 'scan')}
          onDemo={(chosen) => choose(chosen, 'demo')}
        />
      )}
      {library !== undefined &&
        (shown === 'demo' ? <DemoStep library={library} /> : <ScanStep library={library} />)}
    </Entrance>
  )
}

/** The library that the address names, and a way to choose one. */
function useChosen(signedIn: boolean) {
  const { library: id } = route.useSearch()
  const navigate = route.useNavigate()
  const queries = useQueryClient()
  const { data: library, isLoading } = useQuery({
    ...libraryQuery(id ?? ''),
    enabled: signedIn && id !== undefined,
  })
  const choose = (chosen: Library, step: 'demo' | 'scan') => {
    queries.setQueryData(libraryQuery(chosen.id).queryKey, chosen)
    void navigate({ search: { library: chosen.id, step }, replace: true })
  }
  return { library: id === undefined ? undefined : library, isComing: isLoading, choose }
}
