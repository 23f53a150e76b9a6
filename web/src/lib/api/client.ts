import createClient from 'openapi-fetch'
import { ApiError, Unreachable } from './error'
import type { paths } from './schema'
import { Session } from './session'
import { openTabLock } from './tab-lock'
import type { Tokens } from './types'

export const API = '/api/v1'
const baseUrl = typeof location === 'undefined' ? '' : location.origin

export const session = new Session({
  refresh: exchange,
  storage: localStorage,
  lock: openTabLock(localStorage),
  channel: typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('tutti.session'),
})

/** Every call of the server, typed by its OpenAPI document; wrap calls in `take`. */
export const api = createClient<paths>({ baseUrl, fetch: authorisedFetch })

interface Answer<Data> {
  data?: Data
  error?: unknown
  response: Response
}

/** The body of a success. Throws ApiError for any other answer. */
export async function take<Data>(answer: Promise<Answer<Data>>): Promise<NonNullable<Data>> {
  const { data, error, response } = await answer
  if (!response.ok) throw ApiError.from(response, error)
  return data as NonNullable<Data>
}

/** For answers without a body. Throws ApiError for any that is no success. */
export async function confirm(answer: Promise<Answer<unknown>>): Promise<void> {
  const { error, response } = await answer
  if (!response.ok) throw ApiError.from(response, error)
}

/** Sends a request with the access token; one that is refused is renewed and the request sent once more. */
export async function authorisedFetch(request: Request): Promise<Response> {
  const again = request.clone()
  const token = await session.accessToken()
  const response = await send(withToken(request, token))
  if (response.status !== 401 || token === null) return response
  const renewed = await session.accessToken(token)
  return renewed === null ? response : send(withToken(again, renewed))
}

/** `fetch` throws a TypeError for a network that fails, as a bug in this code would. */
async function send(request: Request): Promise<Response> {
  try {
    return await fetch(request)
  } catch (error) {
    throw error instanceof TypeError ? new Unreachable(error) : error
  }
}

function withToken(request: Request, token: string | null): Request {
  if (token !== null) request.headers.set('Authorization', `Bearer ${token}`)
  return request
}

async function exchange(refreshToken: string): Promise<Tokens> {
  const response = await send(
    new Request(`${baseUrl}${API}/auth/refresh`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ refreshToken }),
    }),
  )
  const body: unknown = await response.json().catch(() => null)
  if (!response.ok) throw ApiError.from(response, body)
  return body as Tokens
}
