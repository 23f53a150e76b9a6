import { beforeEach, expect, it, vi } from 'vitest'
import { reloadForNewerVersion } from './newer-version'

beforeEach(() => sessionStorage.clear())

it('loads the page anew when a part of it is gone, once', () => {
  const reload = vi.fn()
  reloadForNewerVersion(reload)
  const first = new Event('vite:preloadError', { cancelable: true })
  window.dispatchEvent(first)
  expect(reload).toHaveBeenCalledOnce()
  expect(first.defaultPrevented).toBe(true)
  const second = new Event('vite:preloadError', { cancelable: true })
  window.dispatchEvent(second)
  expect(reload).toHaveBeenCalledOnce()
  expect(second.defaultPrevented).toBe(false)
})
