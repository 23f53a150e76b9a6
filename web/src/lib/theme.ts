import { useEffect } from 'react'
import { useLayout } from '@/lib/layout'

const GROUND = { dark: '#121016', light: '#faf8f5' } as const

/** Keeps the page in the chosen theme, or in the system's; public/theme.js does the first paint. */
export function useTheme(): void {
  const theme = useLayout((layout) => layout.theme)
  useEffect(() => {
    const system = matchMedia('(prefers-color-scheme: light)')
    const apply = () => {
      const shown = theme === 'system' ? (system.matches ? 'light' : 'dark') : theme
      document.documentElement.dataset['theme'] = shown
      document.querySelector('meta[name=theme-color]')?.setAttribute('content', GROUND[shown])
    }
    apply()
    system.addEventListener('change', apply)
    return () => system.removeEventListener('change', apply)
  }, [theme])
}
