import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiError } from './error'
import { Session } from './session'
import { leaseLock, type TabLock } from './tab-lock'
import type { Tokens } from './types'

const QUARTER_S = 900
const queues = new Map<string, Promise<unknown>>()

/** What navigator.locks does: one at a time, in order. */
const lock: TabLock = <Result>(name: string, work: () => Promise<Result>) => {
  const turn = (queues.get(name) ?? Promise.resolve()).then(work)
  queues.set(
    name,
    turn.catch(() => undefined),
  )
  return turn
}

class Server {
  valid = 'r0'
  count = 0
  refresh = vi.fn(async (token: string): Promise<Tokens> => {
    await Promise.resolve()
    if (token !== this.valid) throw new ApiError(401, 'REFRESH_REFUSED', 'Used before.')
    this.count++
    this.valid = `r${this.count}`
    return { accessToken: `a${this.count}`, refreshToken: this.valid, expiresIn: QUARTER_S }
  })
}

let server: Server
const open = (channel: BroadcastChannel | null = null) =>
  new Session({ refresh: server.refresh, storage: localStorage, lock, channel })

beforeEach(() => {
  vi.useFakeTimers()
  server = new Server()
  localStorage.setItem('tutti.refresh', 'r0')
})
afterEach(() => void vi.useRealTimers())

describe('the access token', () => {
  it('is asked for once, however many requests wait for it', async () => {
    const session = open()
    const tokens = await Promise.all(Array.from({ length: 20 }, () => session.accessToken()))
    expect(new Set(tokens)).toEqual(new Set(['a1']))
    expect(server.refresh).toHaveBeenCalledOnce()
  })

  it('is kept until shortly before its end', async () => {
    const session = open()
    await session.accessToken()
    vi.advanceTimersByTime((QUARTER_S - 31) * 1000)
    expect(await session.accessToken()).toBe('a1')
    vi.advanceTimersByTime(2_000)
    expect(await session.accessToken()).toBe('a2')
  })

  it('is renewed once when several requests are refused with it', async () => {
    const session = open()
    const refused = (await session.accessToken()) ?? ''
    const renewed = await Promise.all([session.accessToken(refused), session.accessToken(refused)])
    expect(renewed).toEqual(['a2', 'a2'])
    expect(await session.accessToken(refused)).toBe('a2')
    expect(server.refresh).toHaveBeenCalledTimes(2)
  })

  it('is null for someone who is not signed in', async () => {
    localStorage.clear()
    expect(await open().accessToken()).toBeNull()
    expect(server.refresh).not.toHaveBeenCalled()
  })
})

describe('several tabs', () => {
  it('take turns, so that no refresh token is used twice', async () => {
    const tabs = [open(), open(), open()]
    const tokens = await Promise.all(tabs.map((tab) => tab.accessToken()))
    expect(new Set(tokens).size).toBe(3)
    expect(server.refresh.mock.calls.map(([token]) => token)).toEqual(['r0', 'r1', 'r2'])
  })

  it('use the token that another has just got', async () => {
    const target = new EventTarget()
    const channel = {
      addEventListener: target.addEventListener.bind(target),
      postMessage: (data: unknown) => target.dispatchEvent(new MessageEvent('message', { data })),
    } as unknown as BroadcastChannel
    const [first, second] = [open(channel), open(channel)]
    await first.accessToken()
    expect(await second.accessToken()).toBe('a1')
    expect(server.refresh).toHaveBeenCalledOnce()
  })
})

describe('the end of a session', () => {
  it('comes when the refresh token is refused, and is told', async () => {
    localStorage.setItem('tutti.refresh', 'stolen')
    const session = open()
    const told = vi.fn()
    session.subscribe(told)
    expect(await session.accessToken()).toBeNull()
    expect(session.signedIn).toBe(false)
    expect(told).toHaveBeenCalledOnce()
  })

  it('does not come from a server or a network that is away', async () => {
    const session = open()
    server.refresh.mockRejectedValueOnce(new TypeError('no network'))
    await expect(session.accessToken()).rejects.toThrow('no network')
    server.refresh.mockRejectedValueOnce(new ApiError(503, 'UNAVAILABLE', 'Later.'))
    await expect(session.accessToken()).rejects.toThrow('Later.')
    expect(await session.accessToken()).toBe('a1')
  })

  it('in another tab is noticed here', async () => {
    const session = open()
    await session.accessToken()
    const told = vi.fn()
    session.subscribe(told)
    localStorage.removeItem('tutti.refresh')
    window.dispatchEvent(
      new StorageEvent('storage', { key: 'tutti.refresh', oldValue: 'r1', newValue: null }),
    )
    expect(told).toHaveBeenCalledOnce()
    expect(await session.accessToken()).toBeNull()
  })
})

describe('the lease, where the browser has no locks', () => {
  it('lets one tab in at a time', async () => {
    vi.useRealTimers()
    const locks = [leaseLock(localStorage), leaseLock(localStorage), leaseLock(localStorage)]
    let inside = 0
    let most = 0
    const work = async () => {
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setTimeout(resolve, 5))
      inside--
    }
    await Promise.all(locks.map((one) => one('x', work)))
    expect(most).toBe(1)
    expect(localStorage.getItem('x.lease')).toBeNull()
  })

  it('is given back by a page that is left inside', async () => {
    vi.useRealTimers()
    const inside = vi.fn(() => new Promise<never>(() => undefined))
    void leaseLock(localStorage)('x', inside)
    await vi.waitFor(() => expect(inside).toHaveBeenCalled())
    expect(localStorage.getItem('x.lease')).not.toBeNull()
    window.dispatchEvent(new Event('pagehide'))
    expect(localStorage.getItem('x.lease')).toBeNull()
  })

  it('outlives a tab that was closed inside', async () => {
    vi.useRealTimers()
    localStorage.setItem('x.lease', JSON.stringify({ owner: 'closed', until: Date.now() - 1 }))
    await expect(leaseLock(localStorage)('x', () => Promise.resolve('in'))).resolves.toBe('in')
  })
})
