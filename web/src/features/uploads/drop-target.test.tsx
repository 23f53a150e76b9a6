import { fireEvent, screen } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import { openApp } from '@/test/app'
import { uploads } from './instance'

// What sends files comes later than the page, or never.
vi.mock('./background', () => new Promise(() => undefined))

const dropped = (file: File) => ({
  types: ['Files'],
  items: [{ kind: 'file', webkitGetAsEntry: () => null, getAsFile: () => file }],
})

afterEach(() => uploads.stop())

it('takes files on any page, from its first moment on', async () => {
  const { history } = openApp('/albums')
  await screen.findAllByRole('link', { name: 'Upload' })
  const file = new File(['12345'], 'dawn.flac', { lastModified: 1, type: 'audio/flac' })
  fireEvent.dragEnter(window, { dataTransfer: dropped(file) })
  expect(screen.getByText('Drop to upload')).toBeInTheDocument()
  const unhandled = fireEvent.drop(window, { dataTransfer: dropped(file) })
  expect(unhandled, 'the browser would open it in place of the app').toBe(false)
  expect(screen.queryByText('Drop to upload')).not.toBeInTheDocument()
  expect(await screen.findByText('1 file added')).toBeInTheDocument()
  expect(history.location.pathname).toBe('/uploads')
})
