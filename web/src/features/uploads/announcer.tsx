import { useEffect, useState } from 'react'
import { uploads } from './instance'
import { changeInWords } from './list/announcing'
import { totalsOf, type Totals } from './list/totals'

/** What happened is told in one breath, not file by file. */
const TOLD_EVERY_MS = 2_500

const now = (): Totals => totalsOf(uploads.store.getState().queue.items.values(), new Map())

/** Tells screen readers what became of uploads, on whatever page they are. */
export function UploadsAnnouncer() {
  const [words, setWords] = useState('')
  useEffect(() => {
    let told = now()
    let timer: ReturnType<typeof setTimeout> | undefined
    const tell = () => {
      timer = undefined
      const totals = now()
      const said = changeInWords(told, totals)
      told = totals
      if (said !== '') setWords(said)
    }
    const stop = uploads.store.subscribe(() => (timer ??= setTimeout(tell, TOLD_EVERY_MS)))
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [])
  return (
    <p role="status" aria-label="Uploads" className="sr-only">
      {words}
    </p>
  )
}
