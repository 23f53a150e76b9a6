import { useSyncExternalStore } from 'react'

/** From here on there is room for a sidebar; the same as in styles/theme.css. */
export const WIDE = '(width >= 48rem)'
/** … and from here on for two columns. */
export const ROOMY = '(width >= 64rem)'
/** A phone that lies on its side, and windows as low: what stands below each other elsewhere stands side by side. */
export const LOW = '(height < 32rem) and (orientation: landscape)'

export function useMediaQuery(query: string): boolean {
  return useSyncExternalStore(
    (onChange) => {
      const list = matchMedia(query)
      list.addEventListener('change', onChange)
      return () => list.removeEventListener('change', onChange)
    },
    () => matchMedia(query).matches,
  )
}
