import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, it, vi } from 'vitest'
import { openApp, type Answers } from '@/test/app'
import { expectAccessible } from '@/test/axe'
import { makeTrack } from '@/test/fixtures'

const COVER = { id: 'c'.repeat(32), blurhash: null, palette: ['#204080'] }
const TRACK = { ...makeTrack({ id: 't-1', title: 'Dawn' }), albumArtists: [] }
const UPLOAD = {
  id: 'up-1',
  filename: 'dawn.flac',
  sizeBytes: 5,
  contentType: 'audio/flac',
  state: 'ready',
  progress: 1,
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
const LIMITS = { maxBytes: 1, extensions: [], quotaBytes: 9, storedBytes: 0, filesPerDay: 9, filesBegun: 0 }
const picture = new File(['picture'], 'front.png', { type: 'image/png' })

async function openDialog(answers: Answers = {}) {
  const { requests } = openApp('/uploads', {
    'GET /uploads/limits': { ...LIMITS, nextAt: null },
    'GET /uploads': { items: [UPLOAD], nextCursor: null },
    'GET /tracks/t-1': TRACK,
    'PUT /tracks/t-1/cover': { ...TRACK, cover: COVER },
    'DELETE /tracks/t-1/cover': TRACK,
    ...answers,
  })
  await userEvent.click(await screen.findByRole('button', { name: 'More for dawn.flac' }))
  await userEvent.click(await screen.findByRole('menuitem', { name: 'Edit tags and cover' }))
  const dialog = await screen.findByRole('dialog')
  const group = await within(dialog).findByRole('group', { name: 'Cover' })
  const save = () => userEvent.click(within(dialog).getByRole('button', { name: 'Save' }))
  return {
    dialog,
    save,
    within: within(group),
    written: () => requests.filter(({ url }) => url.endsWith('/cover')),
  }
}

beforeEach(() => {
  URL.createObjectURL = vi.fn(() => 'blob:picture')
  URL.revokeObjectURL = vi.fn()
})

it('is chosen, shown and saved', async () => {
  const { dialog, within: field, save, written } = await openDialog()
  expect(field.queryByRole('button', { name: 'Remove the cover' })).toBeNull()
  await userEvent.upload(field.getByLabelText('Picture for the cover'), picture)
  expect(field.getByRole('img', { name: 'The new cover' })).toHaveAttribute('src', 'blob:picture')
  await expectAccessible(dialog)
  await save()
  await waitFor(() => expect(dialog).not.toBeInTheDocument())
  expect(written().map(({ method, headers }) => [method, headers.get('Content-Type')])).toEqual([
    ['PUT', 'image/png'],
  ])
})

it('can be dropped, but nothing else than a picture', async () => {
  const { within: field } = await openDialog()
  const drop = (file: File) =>
    fireEvent.drop(field.getByText('Or drop a picture here.'), {
      dataTransfer: { types: ['Files'], files: [file] },
    })
  drop(new File(['words'], 'words.txt', { type: 'text/plain' }))
  expect(field.getByRole('alert')).toHaveTextContent('Choose a JPEG, PNG, WebP or GIF.')
  drop(picture)
  expect(field.getByRole('alert')).toBeEmptyDOMElement()
  fireEvent.error(field.getByRole('img', { name: 'The new cover' }))
  expect(field.getByRole('alert')).toHaveTextContent('This is no picture')
  expect(field.queryByRole('img', { name: 'The new cover' })).toBeNull()
})

it('is taken back', async () => {
  const { within: field, save, written } = await openDialog({ 'GET /tracks/t-1': { ...TRACK, cover: COVER } })
  await userEvent.click(field.getByRole('button', { name: 'Remove the cover' }))
  expect(field.getByText('The cover is as the file says, if it brings one.')).toBeInTheDocument()
  await save()
  await waitFor(() => expect(written().map(({ method }) => method)).toEqual(['DELETE']))
})

it('that is refused stays with the words of the server', async () => {
  const message = 'An image may have 16 MiB.'
  const {
    dialog,
    within: field,
    save,
  } = await openDialog({
    'PUT /tracks/t-1/cover': () => Response.json({ code: 'COVER_TOO_LARGE', message }, { status: 413 }),
  })
  await userEvent.upload(field.getByLabelText('Picture for the cover'), picture)
  await save()
  expect(await within(dialog).findByText(message)).toBeInTheDocument()
  expect(within(dialog).getByRole('button', { name: 'Save' })).toBeEnabled()
})

it('has to wait for a track, where the file is not on its way here', async () => {
  const {
    dialog,
    within: field,
    save,
  } = await openDialog({
    'PUT /tracks/t-1/cover': () =>
      Response.json({ code: 'TRACK_NOT_FOUND', message: 'No.' }, { status: 404 }),
  })
  await userEvent.upload(field.getByLabelText('Picture for the cover'), picture)
  await save()
  expect(await within(dialog).findByText(/made no track of this file yet/)).toBeInTheDocument()
})
