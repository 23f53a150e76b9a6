const KEY = 'tutti.reloadedAt'
const AGAIN_AFTER_MS = 60_000

/** After an upgrade of the server, pages opened before it ask for parts that are gone: then the page is loaded anew. */
export function reloadForNewerVersion(reload: () => void = () => location.reload()): void {
  window.addEventListener('vite:preloadError', (event) => {
    const reloadedAt = Number(sessionStorage.getItem(KEY) ?? 0)
    if (Date.now() - reloadedAt < AGAIN_AFTER_MS) return // It did not help: the error boundary says so.
    sessionStorage.setItem(KEY, String(Date.now()))
    event.preventDefault()
    reload()
  })
}
