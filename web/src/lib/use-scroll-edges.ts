import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react'

interface ScrollEdges {
  /** Nothing is hidden before what is shown. */
  atStart: boolean
  /** Nothing is hidden after it. */
  atEnd: boolean
}

/** Whether a row that scrolls sideways is at one of its ends; looked at again whenever its owner renders. */
export function useScrollEdges<T extends HTMLElement>(): [RefObject<T | null>, ScrollEdges] {
  const row = useRef<T>(null)
  const [edges, setEdges] = useState<ScrollEdges>({ atStart: true, atEnd: true })
  const look = useCallback(() => {
    const element = row.current
    if (element === null) return
    const atStart = element.scrollLeft < 1
    // Widths are rounded, positions are not.
    const atEnd = element.scrollLeft + element.clientWidth > element.scrollWidth - 2
    setEdges((last) => (last.atStart === atStart && last.atEnd === atEnd ? last : { atStart, atEnd }))
  }, [])
  useLayoutEffect(look)
  useEffect(() => {
    const element = row.current
    if (element === null) return
    const observer = new ResizeObserver(look)
    observer.observe(element)
    element.addEventListener('scroll', look, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', look)
    }
  }, [look])
  return [row, edges]
}
