import { CatchBoundary } from '@tanstack/react-router'
import { act, render, screen } from '@testing-library/react'
import { Suspense } from 'react'
import { expect, it, vi } from 'vitest'
import { lazyPage, PageMissing } from './lazy-page'

const part = { Page: () => <h1>The page</h1> }

function failing(times: number) {
  const load = vi.fn<() => Promise<typeof part>>().mockResolvedValue(part)
  for (let time = 0; time < times; time += 1) load.mockRejectedValueOnce(new TypeError('Failed to fetch'))
  return load
}

async function show(Page: ReturnType<typeof lazyPage>) {
  vi.spyOn(console, 'error').mockReturnValue() // React tells of what a boundary catches
  const shown = (
    <CatchBoundary
      getResetKey={() => 0}
      errorComponent={({ error, reset }) => (
        <button
          onClick={() => {
            if (error instanceof PageMissing) error.forget()
            reset()
          }}
        >
          {String(error)}
        </button>
      )}
    >
      <Suspense>
        <Page />
      </Suspense>
    </CatchBoundary>
  )
  await act(async () => void render(shown))
}

it('loads once, and shows at once what was loaded ahead', async () => {
  const load = failing(0)
  const Page = lazyPage(load, 'Page')
  await Page.preload()
  await Page.preload()
  await show(Page)
  expect(screen.getByRole('heading')).toHaveTextContent('The page')
  expect(load).toHaveBeenCalledOnce()
})

it('forgets a load ahead that failed', async () => {
  const Page = lazyPage(failing(1), 'Page')
  await Page.preload()
  await show(Page)
  expect(screen.getByRole('heading')).toHaveTextContent('The page')
})

it('says that it is missing, and comes when it is tried again', async () => {
  const load = failing(1)
  await show(lazyPage(load, 'Page'))
  await act(async () => screen.getByRole('button', { name: /cannot be reached/ }).click())
  expect(screen.getByRole('heading')).toHaveTextContent('The page')
  expect(load).toHaveBeenCalledTimes(2)
})
