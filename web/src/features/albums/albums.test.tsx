import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, describe, expect, it } from 'vitest'
import { player } from '@/player/instance'
import { nowPlaying } from '@/player/store'
import { openApp } from '@/test/app'
import { expectAccessible } from '@/test/axe'
import { makeAlbum, makeTrack } from '@/test/fixtures'

const album = makeAlbum({ id: 'one', trackCount: 3 })
const tracks = [1, 2, 3].map((number) =>
  makeTrack({ id: `t${number}`, title: `Song ${number}`, trackNumber: number }),
)
const detail = {
  ...album,
  discs: [
    { number: 1, subtitle: null, tracks: tracks.slice(0, 2) },
    { number: 2, subtitle: 'Night', tracks: tracks.slice(2) },
  ],
  genres: ['Folk'],
  date: '2020-03-14',
  originalDate: null,
  labels: ['Tiny Cathedral'],
  catalogNumber: null,
  barcode: null,
  mbidRelease: null,
  mbidReleaseGroup: null,
  sizeBytes: 1_000_000,
  libraryId: null,
  overridden: [],
}

afterEach(() => player.clear())

describe('the albums', () => {
  it('are shown as links, and fetched on as the list is scrolled', async () => {
    const { requests } = openApp('/albums?sort=year', {
      'GET /albums': (request: Request) => {
        const second = new URL(request.url).searchParams.get('cursor') === 'more'
        return second
          ? { items: [makeAlbum({ id: 'two', title: 'Second page' })], nextCursor: null }
          : { items: [album], nextCursor: 'more' }
      },
    })
    expect(await screen.findByRole('link', { name: 'Paper Lanterns' })).toHaveAttribute('href', '/albums/one')
    expect(await screen.findByRole('link', { name: 'Second page' })).toBeVisible()
    const asked = requests
      .map((request) => new URL(request.url))
      .find((url) => url.pathname.endsWith('/albums'))
    expect(asked?.searchParams.get('sort')).toBe('year')
    await expectAccessible()
  })

  it('say so when there are none', async () => {
    openApp('/albums')
    expect(await screen.findByRole('heading', { name: 'No albums yet' })).toBeVisible()
  })

  it('offer another try when the server fails', async () => {
    let broken = true
    openApp('/albums', {
      'GET /albums': () =>
        broken
          ? Response.json({ code: 'INTERNAL', message: 'The disk is full.', traceId: 'abc' }, { status: 500 })
          : { items: [album], nextCursor: null },
    })
    expect(await screen.findByRole('alert')).toHaveTextContent('The disk is full.')
    broken = false
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await screen.findByRole('link', { name: 'Paper Lanterns' })).toBeVisible()
  })

  it('are sorted by a menu that writes the address', async () => {
    const { history } = openApp('/albums')
    await userEvent.click(await screen.findByRole('button', { name: 'Sort by: Title' }))
    await userEvent.click(screen.getByRole('menuitemradio', { name: 'Recently added' }))
    await waitFor(() => expect(history.location.search).toBe('?sort=added'))
  })
})

describe('an album', () => {
  const answers = {
    'GET /albums/one': detail,
    'POST /stream/t2': { direct: '/x?sig=1', hls: null, expiresAt: '2099-01-01T00:00:00Z' },
  }

  it('shows its discs, and is accessible', async () => {
    openApp('/albums/one', answers)
    expect(await screen.findByRole('heading', { level: 1, name: 'Paper Lanterns' })).toBeVisible()
    expect(screen.getByRole('heading', { name: 'Disc 2 Night' })).toBeVisible()
    expect(
      within(screen.getByRole('list', { name: 'Tracks of disc 1' })).getAllByRole('listitem'),
    ).toHaveLength(2)
    await expectAccessible()
  })

  it('plays from the chosen track on, over its discs', async () => {
    openApp('/albums/one', answers)
    await userEvent.click(await screen.findByRole('button', { name: 'Play Song 2 by Mira Okafor' }))
    const state = player.store.getState()
    expect(nowPlaying(state)?.id).toBe('t2')
    expect(state.queue.items).toHaveLength(3)
    expect(await screen.findByRole('region', { name: 'Player' })).toBeVisible()
    expect(screen.getByText('Now playing: Song 2 by Mira Okafor')).toBeInTheDocument()
    await expectAccessible()
  })

  it('adds a track to the queue from its menu', async () => {
    openApp('/albums/one', answers)
    await userEvent.click(await screen.findByRole('button', { name: 'More for Song 3' }))
    await userEvent.click(screen.getByRole('menuitem', { name: 'Add to queue' }))
    expect(player.store.getState().queue.items.map((item) => item.track.id)).toEqual(['t3'])
    expect(screen.getByText('“Song 3” added to the queue')).toBeVisible()
  })

  it('that is not there says so', async () => {
    openApp('/albums/none')
    expect(await screen.findByRole('heading', { name: 'This is not here' })).toBeVisible()
  })
})
