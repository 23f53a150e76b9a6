import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openApp, type Answers } from '@/test/app'
import { expectAccessible } from '@/test/axe'
import { makeTrack } from '@/test/fixtures'
import { forgetSkipped, setHold } from './files/intake'
import { uploads } from './instance'

const LIMITS = {
  maxBytes: 2_000_000_000,
  extensions: ['flac', 'mp3'],
  quotaBytes: 10_000_000_000,
  storedBytes: 4_000_000_000,
  filesPerDay: 100,
  filesBegun: 3,
  nextAt: null,
}
const UPLOAD = {
  id: 'up-1',
  filename: 'dawn.flac',
  sizeBytes: 5,
  contentType: 'audio/flac',
  state: 'uploaded',
  progress: 0,
  trackId: 't-1',
  reasonCode: null,
  reason: null,
  duplicateOf: null,
  tags: null,
  partBytes: null,
  createdAt: '2026-01-01T00:00:00Z',
  forgottenAt: '2026-01-02T00:00:00Z',
  completedAt: null,
  finishedAt: null,
}
const BEGUN = {
  uploadId: 'up-1',
  trackId: 't-1',
  url: '/api/v1/uploads/up-1/content?sig=x',
  method: 'PUT',
  headers: { 'Content-Type': 'audio/flac' },
  partBytes: null,
  partCount: null,
  expiresAt: '2026-01-01T01:00:00Z',
  forgottenAt: '2026-01-02T00:00:00Z',
}

/** The storage takes everything; jsdom's own request would go out to the network. */
class Storage extends EventTarget {
  upload = new EventTarget()
  status = 200
  responseText = ''
  open = () => undefined
  setRequestHeader = () => undefined
  abort = () => undefined
  send = () => queueMicrotask(() => this.dispatchEvent(new Event('load')))
}

const site = (answers: Answers = {}) =>
  openApp('/uploads', {
    'GET /uploads/limits': LIMITS,
    'GET /uploads': { items: [], nextCursor: null },
    'POST /uploads': BEGUN,
    'POST /uploads/up-1/complete': UPLOAD,
    'GET /tracks/t-1': { ...makeTrack({ id: 't-1', title: 'Dawn' }), albumArtists: [] },
    ...answers,
  })

async function choose(...names: string[]) {
  const files = names.map((name) => new File(['12345'], name, { lastModified: 1, type: 'audio/flac' }))
  await userEvent.upload(await screen.findByLabelText('Files to upload'), files)
}

beforeEach(() => vi.stubGlobal('XMLHttpRequest', Storage))
afterEach(() => {
  uploads.stop()
  forgetSkipped()
  setHold(false)
})

it('says what is taken, and is accessible', async () => {
  site()
  await screen.findByRole('heading', { name: 'Drop music here' })
  expect(await screen.findByText(/up to 2 GB each. 4 GB of 10 GB used./)).toBeInTheDocument()
  await expectAccessible()
})

it('shows a file until it is a track, and is accessible on the way', async () => {
  site()
  await choose('dawn.flac', 'dawn.txt')
  expect(await screen.findByText('Waiting for the server')).toBeInTheDocument()
  expect(screen.getByText('1 file left out')).toBeInTheDocument()
  const word = { uploadId: 'up-1', progress: 0.15, reasonCode: null, reason: null, duplicateOf: null }
  uploads.hear({ ...word, state: 'processing' })
  expect(await screen.findByText('Analysing')).toBeInTheDocument()
  await expectAccessible()
  uploads.hear({ ...word, state: 'ready', progress: 1 })
  expect(await screen.findByRole('link', { name: 'Dawn' })).toHaveAttribute('href', '/albums/album-1')
  expect(screen.getByRole('button', { name: 'Play Dawn by Mira Okafor' })).toBeEnabled()
  await expectAccessible()
})

it('holds files back to be tagged, and publishes them with their tags', async () => {
  const { requests } = site({ 'PATCH /uploads/up-1': UPLOAD })
  await userEvent.click(await screen.findByLabelText(/look at the tags/))
  await choose('dawn.flac')
  await userEvent.click(await screen.findByRole('button', { name: 'Edit tags and cover of dawn.flac' }))
  const dialog = await screen.findByRole('dialog')
  await userEvent.type(within(dialog).getByLabelText('Title'), 'Dawn')
  await userEvent.type(within(dialog).getByLabelText('Artists'), 'Ada; Bo')
  await expectAccessible(dialog)
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }))
  await userEvent.click(await screen.findByRole('button', { name: 'Publish Dawn' }))
  await screen.findByText('Waiting for the server')
  const patch = requests.find(({ method }) => method === 'PATCH')
  expect(await patch?.json()).toEqual({ tags: { title: 'Dawn', artists: ['Ada', 'Bo'] } })
  expect(requests.filter(({ url }) => url.endsWith('/complete'))).toHaveLength(1)
})

it('tells what the server refuses, in its words', async () => {
  const message = 'You may store 10 GB, of which 0 bytes are left.'
  site({ 'POST /uploads': () => Response.json({ code: 'QUOTA_EXCEEDED', message }, { status: 413 }) })
  await choose('dawn.flac')
  expect(await screen.findByText(message)).toBeInTheDocument()
  expect(screen.getByRole('button', { name: 'Try dawn.flac again' })).toBeEnabled()
})

it('lists the uploads of before, and discards what failed', async () => {
  const failed = { ...UPLOAD, state: 'failed', reasonCode: 'NOT_AUDIO', reason: 'This is a picture.' }
  const { requests } = site({
    'GET /uploads': { items: [failed, { ...UPLOAD, id: 'up-2', state: 'ready' }], nextCursor: null },
    'DELETE /uploads/up-1': {},
  })
  expect(await screen.findByText('This is a picture. Is it the right file?')).toBeInTheDocument()
  await screen.findByRole('link', { name: 'Dawn' })
  await expectAccessible()
  const [more] = screen.getAllByRole('button', { name: 'More for dawn.flac' })
  await userEvent.click(more!)
  await userEvent.click(await screen.findByRole('menuitem', { name: 'Discard' }))
  await waitFor(() => expect(requests.some(({ method }) => method === 'DELETE')).toBe(true))
})

it('lists what was cleared, though nobody told that it had ended', async () => {
  let stored: object[] = []
  site({ 'GET /uploads': () => Response.json({ items: stored, nextCursor: null }) })
  await choose('dawn.flac')
  await screen.findByText('Waiting for the server')
  uploads.hear({
    uploadId: 'up-1',
    state: 'ready',
    progress: 1,
    reasonCode: null,
    reason: null,
    duplicateOf: null,
  })
  await screen.findByRole('heading', { name: 'All done' })
  stored = [{ ...UPLOAD, state: 'ready' }]
  await userEvent.click(screen.getByRole('button', { name: 'Clear finished' }))
  const recent = await screen.findByRole('list', { name: 'Recent uploads' })
  expect(within(recent).getAllByRole('listitem')).toHaveLength(1)
})

it('tells a listener that they may not', async () => {
  const listener = { id: 'me', name: 'lee', displayName: 'Lee', role: 'listener', bio: null, avatarId: null }
  site({ 'GET /me': listener })
  expect(await screen.findByRole('heading', { name: 'You may not upload' })).toBeInTheDocument()
})
