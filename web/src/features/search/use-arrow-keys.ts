import { useCallback, type KeyboardEvent } from 'react'

const STOPS =
  'input[type=search], article a, ol li button[aria-label^="Play"], ol li button[aria-label^="Pause"]'

/** Moves the focus between the search box and the results with the arrow keys, in the order of the page. */
export function useArrowKeys(): (event: KeyboardEvent<HTMLElement>) => void {
  return useCallback((event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return
    const stops = [...event.currentTarget.querySelectorAll<HTMLElement>(STOPS)]
    const at = stops.findIndex((stop) => stop === document.activeElement)
    const next = stops[at + step]
    if (at === -1 || next === undefined) return
    event.preventDefault()
    next.focus()
    next.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [])
}
