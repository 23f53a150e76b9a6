import { useEffect } from 'react'
import { toast } from '@/lib/toast'
import { useNowPlaying, usePlayer, useSounding } from './instance'

/** Tells screen readers which track began, the browser tab what plays, and everyone what failed. */
export function Announcer() {
  const track = useNowPlaying()
  const sounding = useSounding()
  const problem = usePlayer((state) => state.problem)
  useEffect(() => {
    if (problem !== null) toast(problem, 'problem')
  }, [problem])
  return (
    <p aria-live="polite" className="sr-only">
      {track !== null && sounding && `Now playing: ${track.title} by ${track.artistName}`}
    </p>
  )
}
