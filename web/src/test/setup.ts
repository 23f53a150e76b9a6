import '@testing-library/jest-dom/vitest'
import { cleanup, configure } from '@testing-library/react'
import { afterEach, vi } from 'vitest'

// The first page of a file loads its modules on demand, which takes seconds on a busy machine.
configure({ asyncUtilTimeout: 10_000 })

/** What browsers have and jsdom has not: sizes, media queries, observers, sound. */
window.matchMedia = ((query: string) => ({
  matches: query.includes('width >='),
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
})) as unknown as typeof matchMedia
window.ResizeObserver = class {
  observe = () => undefined
  unobserve = () => undefined
  disconnect = () => undefined
}
Object.defineProperties(HTMLElement.prototype, {
  clientWidth: { get: () => 1000 },
  offsetWidth: { get: () => 1000 },
  offsetHeight: { get: () => 600 },
  scrollIntoView: { value: () => undefined },
  hasPointerCapture: { value: () => false },
})
Object.defineProperties(HTMLMediaElement.prototype, {
  canPlayType: { value: () => 'probably' },
  load: { value: () => undefined },
  pause: { value: () => undefined },
  play: { value: () => Promise.resolve() },
})
Object.defineProperty(HTMLCanvasElement.prototype, 'getContext', { value: () => null })
Object.defineProperty(Blob.prototype, 'arrayBuffer', {
  value(this: Blob) {
    return new Promise((resolve, reject) => {
      const reader = new FileReader()
      reader.onload = () => resolve(reader.result)
      reader.onerror = () => reject(reader.error ?? new Error('unreadable'))
      reader.readAsArrayBuffer(this)
    })
  },
})
window.scrollTo = () => undefined

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
  localStorage.clear()
})

/** Nobody answers the live socket in tests of pages. */
window.WebSocket = class extends EventTarget {
  readonly readyState = 0
  send = () => undefined
  close = () => undefined
} as unknown as typeof WebSocket
