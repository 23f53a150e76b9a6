import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it } from 'vitest'
import { openApp } from '@/test/app'

const ME = {
  id: 'me',
  name: 'ada',
  displayName: 'Ada',
  bio: null,
  email: null,
  role: 'listener',
  createdAt: '2026-01-01T00:00:00Z',
}

it('sends a picture as it is, and shows what came of it', async () => {
  const { requests } = openApp('/settings/account', {
    'PUT /me/avatar': { ...ME, avatarId: 'abc' },
    'DELETE /me/avatar': {},
  })
  await screen.findByRole('button', { name: 'Add a picture' })
  const picture = new File([new Uint8Array([1, 2, 3])], 'me.png', { type: 'image/png' })
  await userEvent.upload(screen.getByLabelText('Picture'), picture)
  await screen.findByRole('button', { name: 'Change the picture' })
  const put = requests.find(({ method }) => method === 'PUT')
  expect(put?.headers.get('Content-Type')).toBe('image/png')
  expect((await put?.arrayBuffer())?.byteLength).toBe(3)
  expect(document.querySelector('img[src*="/avatars/abc"]')).not.toBeNull()
  await userEvent.click(screen.getByRole('button', { name: 'Remove' }))
  await waitFor(() => expect(document.querySelector('img[src*="/avatars/"]')).toBeNull())
})
