import { QueryClientProvider } from '@tanstack/react-query'
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router'
import { render } from '@testing-library/react'
import { vi } from 'vitest'
import { createAppRouter } from '@/app/router'
import { Toaster } from '@/components/toaster'
import { TooltipProvider } from '@/components/tooltip'
import { session } from '@/lib/api/client'
import { queryClient } from '@/lib/query'

type Answer = Record<string, unknown> | unknown[] | ((request: Request) => object)
export type Answers = Readonly<Record<string, Answer>>

const ME = {
  id: 'me',
  name: 'ada',
  displayName: 'Ada',
  bio: null,
  avatarId: null,
  email: null,
  role: 'admin',
  createdAt: '2026-01-01T00:00:00Z',
}
const NOBODY_YET = { needed: false, registration: 'closed', version: '0' }
const NOTHING = { items: [], nextCursor: null }

/**
 * Opens the whole app at an address, before a server that answers as told: by `METHOD /path` below the api.
 * Lists are empty unless told otherwise; what nobody has told of is not found.
 */
export function openApp(address: string, answers: Answers = {}, { signedIn = true } = {}) {
  const requests: Request[] = []
  queryClient.clear()
  queryClient.setDefaultOptions({ queries: { retry: false } })
  if (signedIn) session.start({ accessToken: 'a', refreshToken: 'r', expiresIn: 900 })
  else session.end()
  vi.stubGlobal('fetch', async (request: Request) => {
    requests.push(request.clone())
    return answer(request, answers)
  })
  const history = createMemoryHistory({ initialEntries: [address] })
  const router = createAppRouter(history)
  render(
    <QueryClientProvider client={queryClient}>
      <TooltipProvider>
        <RouterProvider router={router} />
        <Toaster />
      </TooltipProvider>
    </QueryClientProvider>,
  )
  return { requests, history }
}

function answer(request: Request, answers: Answers): Response {
  const path = new URL(request.url, 'http://localhost').pathname.replace('/api/v1', '')
  const told = answers[`${request.method} ${path}`]
  const defaults: Answers = {
    'GET /me': ME,
    'GET /setup': NOBODY_YET,
    'GET /albums': NOTHING,
    'GET /artists': NOTHING,
    'GET /tracks': NOTHING,
    'GET /genres': NOTHING,
    'GET /me/history': NOTHING,
  }
  const body = told ?? defaults[`${request.method} ${path}`]
  if (body === undefined) return Response.json({ code: 'NOT_FOUND', message: 'Not here.' }, { status: 404 })
  const made = typeof body === 'function' ? body(request) : body
  return made instanceof Response ? made : Response.json(made)
}
