import { useEffect, useRef, useState } from 'react'
import { holdsFiles } from './gather'

/** For what takes dropped files itself: they are not caught there. */
export const OWN_DROP = { 'data-own-drop': '' }

/** Catches files dropped anywhere else in the window. Returns whether some are dragged over it now. */
export function useDrop(onDrop: (dropped: DataTransfer) => void): boolean {
  const [over, setOver] = useState(false)
  const latest = useRef(onDrop)
  useEffect(() => {
    latest.current = onDrop
  })
  useEffect(() => {
    const stop = new AbortController()
    const on = (name: 'dragenter' | 'dragover' | 'dragleave' | 'drop', run: (event: DragEvent) => void) =>
      window.addEventListener(name, (event) => holdsFiles(event.dataTransfer) && run(event), {
        signal: stop.signal,
      })
    on('dragenter', (event) => setOver(!isOwn(event)))
    on('dragover', (event) => {
      event.preventDefault() // or the browser opens the file in place of this page
      if (event.dataTransfer !== null) event.dataTransfer.dropEffect = 'copy'
    })
    // Inside, each element left is another one entered; only the window's edge leads nowhere.
    on('dragleave', ({ relatedTarget }) => relatedTarget === null && setOver(false))
    on('drop', (event) => {
      event.preventDefault()
      setOver(false)
      if (event.dataTransfer !== null && !isOwn(event)) latest.current(event.dataTransfer)
    })
    return () => stop.abort()
  }, [])
  return over
}

function isOwn({ target }: DragEvent): boolean {
  return target instanceof Element && target.closest('[data-own-drop]') !== null
}
