import { useEffect, useState } from 'react'
import { Loading } from '@/components/skeleton'
import { ErrorState } from '@/components/states'
import type { PageMissing } from './lazy-page'

const KEY = 'tutti.reloadedAt'
const AGAIN_AFTER_MS = 60_000

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
    void serverAnswers().then((answers) => {
      if (answers && mayReload()) location.reload()
      else setAsking(false)
    })
  }, [error])
  if (asking) return <Loading>{null}</Loading>
  return <ErrorState page error={error} onRetry={onRetry} />
}

async function serverAnswers(): Promise<boolean> {
  try {
    return (await fetch('/', { cache: 'no-store' })).ok
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
