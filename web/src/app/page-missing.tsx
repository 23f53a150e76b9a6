import { useEffect, useState } from 'react'
import { Loading } from '@/components/skeleton'
import { ErrorState } from '@/components/states'
import type { PageMissing } from './lazy-page'

const KEY = 'tutti.reloadedAt'
const AGAIN_AFTER_MS = 60_000
const ANSWERS_WITHIN_MS = 5_000
/** Whoever has uploads under way is asked, and may want to stay. */
const STAYED_AFTER_MS = 2_000

interface PageMissingStateProps {
  error: PageMissing
  onRetry: () => void
}

/**
 * In place of a page whose code did not come. Where the server answers, it has a newer version, and the app is loaded
 * anew; where it does not, the music goes on, and so does everything that is here.
 */
export function PageMissingState({ error, onRetry }: PageMissingStateProps) {
  const [asking, setAsking] = useState(true)
  useEffect(() => {
    error.forget()
    let wanted = true
    void serverAnswers().then((answers) => {
      if (!wanted) return
      const reloads = answers && mayReload()
      if (reloads) location.reload()
      setTimeout(() => setAsking(false), reloads ? STAYED_AFTER_MS : 0)
    })
    return () => {
      wanted = false
    }
  }, [error])
  if (asking) return <Loading>{null}</Loading>
  return <ErrorState page error={error} onRetry={onRetry} />
}

async function serverAnswers(): Promise<boolean> {
  try {
    return (await fetch('/', { cache: 'no-store', signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) })).ok
  } catch {
    return false
  }
}

/** Whether it may help: where it was done a moment ago, it did not. */
function mayReload(): boolean {
  const reloadedAt = Number(sessionStorage.getItem(KEY) ?? 0)
  if (Date.now() - reloadedAt < AGAIN_AFTER_MS) return false
  sessionStorage.setItem(KEY, String(Date.now()))
  return true
}
