import { act, render, screen } from '@testing-library/react'
import { expect, it, vi } from 'vitest'
import { live } from '@/lib/live/live'
import { expectAccessible } from '@/test/axe'
import { LiveNotice } from './live-notice'

it('says that live updates are paused, for as long as they are', async () => {
  const told: (() => void)[] = []
  const paused = vi.spyOn(live, 'paused', 'get').mockReturnValue(false)
  vi.spyOn(live, 'onPause').mockImplementation((listener) => {
    told.push(listener)
    return () => told.splice(told.indexOf(listener), 1).length > 0
  })
  const { container, unmount } = render(<LiveNotice />)
  const region = screen.getByRole('status', { name: 'Live updates' })
  expect(region).toBeEmptyDOMElement()
  paused.mockReturnValue(true)
  act(() => told.forEach((listener) => listener()))
  expect(region).toHaveTextContent('Live updates are paused')
  await expectAccessible(container)
  paused.mockReturnValue(false)
  act(() => told.forEach((listener) => listener()))
  expect(region).toBeEmptyDOMElement()
  unmount()
  expect(told).toEqual([])
})
