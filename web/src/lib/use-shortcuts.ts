import { useEffect } from 'react'

/** Keys by `KeyboardEvent.key`, with `Shift+` in front where it is held on top of a named key. */
export type Shortcuts = Readonly<Record<string, () => void>>

const TYPING = 'input, textarea, select, [contenteditable=true]'
const OWN_ARROWS =
  '[role=slider], [role=menu], [role=radiogroup], [role=listbox], [role=tablist], [role=group]'
const OWN_SPACE = 'button, a, summary, [role=menuitem], [role=checkbox], [role=switch], [role=tab]'

/** Calls what belongs to a key, unless the focused element has a use for it. */
export function useShortcuts(shortcuts: Shortcuts): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const named = event.key.length > 1 && event.shiftKey ? `Shift+${event.key}` : event.key
      const run = shortcuts[named]
      if (run === undefined || event.defaultPrevented || taken(event)) return
      event.preventDefault()
      run()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [shortcuts])
}

/** A dialog with this attribute keeps the keys of the page to itself while it is open. */
export const OWN_KEYS = { 'data-own-keys': '' }

function taken(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof Element)) return true
  if (document.querySelector('[data-own-keys]') !== null) return true
  const own = event.key === ' ' ? OWN_SPACE : event.key.startsWith('Arrow') ? OWN_ARROWS : null
  return event.target.closest(TYPING) !== null || (own !== null && event.target.closest(own) !== null)
}
