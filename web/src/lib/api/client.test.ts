import { beforeEach, describe, expect, it, vi } from 'vitest'
import { api, authorisedFetch, session, take } from './client'
import { ApiError } from './error'

const network = vi.fn<(request: Request | string) => Promise<Response>>()
const json = (body: unknown, status = 200, headers = {}) => Response.json(body, { status, headers })
const bearer = (call: number) => (network.mock.calls[call]?.[0] as Request).headers.get('Authorization')

beforeEach(() => {
  network.mockReset()
  vi.stubGlobal('fetch', network)
  session.start({ accessToken: 'old', refreshToken: 'r', expiresIn: 900 })
})

describe('a request', () => {
  it('carries the access token', async () => {
    network.mockResolvedValueOnce(json({ items: [], nextCursor: null }))
    await take(api.GET('/api/v1/albums'))
    expect(bearer(0)).toBe('Bearer old')
  })

  it('is sent once more, body and all, after its token was refused', async () => {
    network
      .mockResolvedValueOnce(json({ code: 'UNAUTHORIZED', message: 'Expired.' }, 401))
      .mockResolvedValueOnce(json({ accessToken: 'new', refreshToken: 'r2', expiresIn: 900 }))
      .mockResolvedValueOnce(json({ done: true }))
    const request = new Request('http://localhost/api/v1/x', { method: 'POST', body: 'the body' })
    const response = await authorisedFetch(request)
    expect(response.status).toBe(200)
    expect(network).toHaveBeenCalledTimes(3)
    expect(bearer(2)).toBe('Bearer new')
    expect(await (network.mock.calls[2]![0] as Request).text()).toBe('the body')
  })

  it('comes back refused when the session has ended', async () => {
    network.mockResolvedValue(json({ code: 'REFRESH_REFUSED', message: 'Ended.' }, 401))
    const response = await authorisedFetch(new Request('http://localhost/api/v1/x'))
    expect(response.status).toBe(401)
    expect(session.signedIn).toBe(false)
  })
})

describe('an error', () => {
  it('speaks with the server’s words', async () => {
    const body = { code: 'TRACK_NOT_FOUND', message: 'No such track.', details: { id: 1 }, traceId: 'abc' }
    network.mockResolvedValueOnce(json(body, 404))
    const failure = await take(api.GET('/api/v1/albums')).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ApiError)
    expect(failure).toMatchObject({ ...body, status: 404 })
  })

  it('says how long to wait', async () => {
    network.mockResolvedValueOnce(json({ code: 'TOO_MANY', message: 'Wait.' }, 429, { 'Retry-After': '7' }))
    await expect(take(api.GET('/api/v1/albums'))).rejects.toMatchObject({ retryAfterS: 7 })
  })

  it('is told from a proxy that answers with a page', async () => {
    network.mockResolvedValueOnce(new Response('<html>Bad gateway</html>', { status: 502 }))
    await expect(take(api.GET('/api/v1/albums'))).rejects.toMatchObject({ status: 502, code: 'HTTP_ERROR' })
  })
})
