import { fireEvent, screen } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import { meQuery } from '@/lib/me'
import { queryClient } from '@/lib/query'
import { openApp } from '@/test/app'
import { useIntake } from './files/intake'
import { uploads } from './instance'

// What sends files comes later than the page, or never.
vi.mock('./background', () => new Promise(() => undefined))

const file = new File(['12345'], 'dawn.flac', { lastModified: 1, type: 'audio/flac' })

const dropped = (handle?: Promise<FileSystemHandle | null>) => ({
  types: ['Files'],
  items: [
    {
      kind: 'file',
      webkitGetAsEntry: () => null,
      getAsFile: () => file,
      getAsFileSystemHandle: handle && (() => handle),
    },
  ],
})

afterEach(() => uploads.stop())

it('takes files on any page, from its first moment on', async () => {
  const { history } = openApp('/albums')
  await screen.findAllByRole('link', { name: 'Upload' })
  fireEvent.dragEnter(window, { dataTransfer: dropped() })
  expect(screen.getByText('Drop to upload')).toBeInTheDocument()
  const unhandled = fireEvent.drop(window, { dataTransfer: dropped() })
  expect(unhandled, 'the browser would open it in place of the app').toBe(false)
  expect(screen.queryByText('Drop to upload')).not.toBeInTheDocument()
  expect(await screen.findByText('1 file added')).toBeInTheDocument()
  expect(history.location.pathname).toBe('/uploads')
})

it('takes nothing any more of who has signed out meanwhile', async () => {
  openApp('/albums')
  await screen.findAllByRole('link', { name: 'Upload' })
  let read = (_handle: null): void => undefined
  fireEvent.drop(window, {
    dataTransfer: dropped(new Promise((resolve) => (read = resolve))),
  })
  await vi.waitFor(() => expect(useIntake.getState().reading).toBe(true))
  queryClient.setQueryData(meQuery.queryKey, (me) => me && { ...me, id: 'bo' })
  read(null)
  await vi.waitFor(() => expect(useIntake.getState().reading).toBe(false))
  expect(uploads.store.getState().queue.items.size).toBe(0)
})
