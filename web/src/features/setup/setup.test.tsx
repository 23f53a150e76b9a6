import { act, cleanup, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it } from 'vitest'
import type { Library, Scan } from '@/lib/api/types'
import { queryClient } from '@/lib/query'
import { scanQuery } from '@/lib/scans'
import { openApp } from '@/test/app'
import { makeAlbum } from '@/test/fixtures'

const COUNTS = {
  seen: 0,
  total: 0,
  walked: false,
  added: 0,
  changed: 0,
  moved: 0,
  missing: 0,
  returned: 0,
  unchanged: 0,
  bad: 0,
  skipped: 0,
  composed: 0,
  toCompose: 0,
}

function makeScan(composed: number, change: Partial<Scan> = {}): Scan {
  return {
    id: 'scan',
    libraryId: 'demo',
    state: 'running',
    full: false,
    counts: { ...COUNTS, composed, toCompose: 17 },
    reason: null,
    startedAt: '2026-01-01T00:00:00Z',
    finishedAt: null,
    ...change,
  }
}

const DEMO: Library = {
  id: 'demo',
  name: 'Demo',
  kind: 'folder',
  path: '/data/demo',
  everyone: true,
  userIds: [],
  watch: false,
  trackCount: 0,
  missingCount: 0,
  badFileCount: 0,
  lastScan: { ...makeScan(0), counts: COUNTS },
}

/** Presses the button of the demo, before a server with these albums whose scan is asked for at `scan`. */
async function tryDemo(scan: () => Scan, titles: () => string[]) {
  const opened = openApp('/setup', {
    'POST /libraries/demo': DEMO,
    'GET /libraries/demo/scan': scan,
    'GET /albums': () => ({
      items: titles().map((title) => makeAlbum({ id: title, title })),
      nextCursor: null,
    }),
  })
  await userEvent.click(await screen.findByRole('button', { name: /Try the demo library/ }))
  return opened
}

it('shows the demo coming, and lets it be heard from its first album on', async () => {
  let scan = makeScan(1)
  let titles: string[] = []
  const { requests } = await tryDemo(
    () => scan,
    () => titles,
  )
  await screen.findByRole('heading', { name: 'Composing your demo' })
  await screen.findByText('1 of 17 tracks composed')
  expect(screen.getByRole('button', { name: 'Start listening' })).toBeDisabled()
  expect(requests.filter(({ method }) => method === 'POST').map(({ url }) => new URL(url).pathname)).toEqual([
    '/api/v1/libraries/demo',
  ])
  scan = makeScan(4)
  titles = ['Weather for Sleeping']
  await act(() => queryClient.invalidateQueries())
  expect(await screen.findByRole('link', { name: 'Weather for Sleeping' })).toBeVisible()
  expect(screen.getByRole('link', { name: 'Start listening' })).toBeVisible()
  expect(screen.getByRole('progressbar', { name: 'Demo music' })).toHaveAttribute('aria-valuenow', '24')
  scan = makeScan(17, { state: 'done', finishedAt: '2026-01-01T00:00:40Z' })
  await act(() => queryClient.invalidateQueries())
  await screen.findByRole('heading', { name: 'All set' })
})

it('says why the demo did not come, and goes on with it', async () => {
  let scan = makeScan(5, { state: 'failed', reason: 'The disk is full. Then try again.' })
  const { requests } = await tryDemo(
    () => scan,
    () => [],
  )
  expect(await screen.findByRole('alert')).toHaveTextContent('The disk is full. Then try again.')
  scan = makeScan(6)
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }))
  await screen.findByRole('heading', { name: 'Composing your demo' })
  expect(screen.queryByRole('alert')).toBeNull()
  expect(requests.filter(({ method }) => method === 'POST')).toHaveLength(2)
})

it.each([
  ['interrupted', 'The server stopped meanwhile.'],
  ['cancelled', 'It was stopped.'],
] as const)('offers to go on where it was %s', async (state, said) => {
  await tryDemo(
    () => makeScan(5, { state }),
    () => ['Weather for Sleeping'],
  )
  expect(await screen.findByRole('alert')).toHaveTextContent(`${said} Try again: it goes on where it was.`)
  expect(screen.getByRole('button', { name: 'Try again' })).toBeEnabled()
  expect(await screen.findByRole('link', { name: 'Start listening' })).toBeVisible()
})

it('goes on with the library in its address when it is opened again', async () => {
  const { history } = await tryDemo(
    () => makeScan(3),
    () => [],
  )
  await screen.findByText('3 of 17 tracks composed')
  const { pathname, search } = history.location
  cleanup()
  const { requests } = openApp(`${pathname}${search}`, {
    'GET /libraries/demo': DEMO,
    'GET /libraries/demo/scan': () => makeScan(4),
  })
  await screen.findByText('4 of 17 tracks composed')
  expect(screen.getByRole('heading', { name: 'Composing your demo' })).toBeVisible()
  expect(requests.filter(({ method }) => method === 'POST')).toEqual([])
})

it('asks for music again when the library in its address is gone', async () => {
  openApp('/setup?library=gone')
  await screen.findByRole('heading', { name: 'Where is your music?' })
})

it('says why there cannot be a demo', async () => {
  openApp('/setup', {
    'POST /libraries/demo': () =>
      Response.json({ code: 'DEMO_NOT_WRITTEN', message: 'Choose another place.' }, { status: 422 }),
  })
  await userEvent.click(await screen.findByRole('button', { name: /Try the demo library/ }))
  await waitFor(() => expect(screen.getByRole('alert')).toHaveTextContent('Choose another place.'))
  expect(queryClient.getQueryData(scanQuery('demo').queryKey)).toBeUndefined()
})
