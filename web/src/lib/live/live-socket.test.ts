import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LiveSocket } from './live-socket'
import type { FromServer, ToServer } from './messages'

class FakeWire extends EventTarget {
  readyState = 0
  said: ToServer[] = []

  send(text: string): void {
    this.said.push(JSON.parse(text) as ToServer)
  }

  close(): void {
    this.readyState = 3
    this.dispatchEvent(new Event('close'))
  }

  async open(): Promise<void> {
    this.readyState = 1
    this.dispatchEvent(new Event('open'))
    await vi.advanceTimersByTimeAsync(0)
  }

  tell(message: FromServer): void {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }))
  }
}

let wires: FakeWire[]
let socket: LiveSocket
const token = vi.fn(() => Promise.resolve<string | null>('t1'))
const show = (id: number, channel = 'library') =>
  ({ type: 'message', channel, kind: 'changed', id, payload: {} }) as const

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(1)
  token.mockResolvedValue('t1')
  wires = []
  socket = new LiveSocket({
    token,
    open: () => {
      const wire = new FakeWire()
      wires.push(wire)
      return wire
    },
  })
})
afterEach(() => void vi.useRealTimers())

async function connected(lastId = 0): Promise<FakeWire> {
  const wire = wires.at(-1)!
  await wire.open()
  wire.tell({ type: 'ready', lastId })
  return wire
}

describe('a connection', () => {
  it('exists while somebody listens, and begins with the token', async () => {
    const leave = [socket.subscribe('library', vi.fn()), socket.subscribe('scans', vi.fn())]
    expect(wires).toHaveLength(1)
    const wire = await connected()
    expect(wire.said).toEqual([
      { type: 'auth', token: 't1' },
      { type: 'subscribe', channels: ['library', 'scans'] },
    ])
    leave.forEach((stop) => stop())
    expect(wire.readyState).toBe(3)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(wires).toHaveLength(1)
  })

  it('brings messages to those who listen to their channel', async () => {
    const [mine, other] = [vi.fn(), vi.fn()]
    socket.subscribe('library', mine)
    socket.subscribe('scans', other)
    const wire = await connected()
    wire.tell(show(1))
    expect(mine).toHaveBeenCalledWith(show(1))
    expect(other).not.toHaveBeenCalled()
  })

  it('subscribes and unsubscribes on a line that stands', async () => {
    socket.subscribe('library', vi.fn())
    const wire = await connected()
    const stop = socket.subscribe('scans', vi.fn())
    stop()
    expect(wire.said.slice(-2)).toEqual([
      { type: 'subscribe', channels: ['scans'] },
      { type: 'unsubscribe', channels: ['scans'] },
    ])
  })

  it('answers pings, and sends a new token when the old one ends', async () => {
    socket.subscribe('library', vi.fn())
    const wire = await connected()
    wire.tell({ type: 'ping' })
    expect(wire.said.at(-1)).toEqual({ type: 'pong' })
    token.mockResolvedValue('t2')
    wire.tell({ type: 'expired' })
    await vi.advanceTimersByTimeAsync(0)
    wire.tell({ type: 'ready', lastId: 5 })
    expect(wire.said.at(-1)).toEqual({ type: 'auth', token: 't2' })
  })
})

describe('a line that breaks', () => {
  it('comes back and asks for what it missed', async () => {
    socket.subscribe('library', vi.fn())
    const wire = await connected(40)
    wire.tell(show(41))
    wire.close()
    await vi.advanceTimersByTimeAsync(1_000)
    const next = await connected(50)
    expect(next.said.slice(-2)).toEqual([
      { type: 'subscribe', channels: ['library'] },
      { type: 'resume', lastId: 41 },
    ])
  })

  it('asks from the beginning of a line on which nothing came', async () => {
    socket.subscribe('library', vi.fn())
    const wire = await connected(40)
    wire.close()
    await vi.advanceTimersByTimeAsync(1_000)
    expect((await connected(50)).said.at(-1)).toEqual({ type: 'resume', lastId: 40 })
  })

  it('was never there: what happened meanwhile may be anything', async () => {
    const reset = vi.fn()
    socket.onReset(reset)
    socket.subscribe('library', vi.fn())
    wires[0]!.close()
    socket.wake()
    const wire = await connected(40)
    expect(reset).toHaveBeenCalledOnce()
    expect(wire.said.at(-1)).toEqual({ type: 'subscribe', channels: ['library'] })
    wire.close()
    await vi.advanceTimersByTimeAsync(1_000)
    expect((await connected(50)).said.at(-1)).toEqual({ type: 'resume', lastId: 40 })
    expect(reset).toHaveBeenCalledOnce()
  })

  it('says when something was lost, and goes on from there', async () => {
    const reset = vi.fn()
    socket.onReset(reset)
    socket.subscribe('library', vi.fn())
    ;(await connected(40)).close()
    await vi.advanceTimersByTimeAsync(1_000)
    const wire = await connected(3)
    wire.tell({ type: 'reset', lastId: 7 })
    expect(reset).toHaveBeenCalledOnce()
    wire.close()
    await vi.advanceTimersByTimeAsync(1_000)
    expect((await connected(9)).said.at(-1)).toEqual({ type: 'resume', lastId: 7 })
  })

  it('waits longer each time, and not at all when it is woken', async () => {
    socket.subscribe('library', vi.fn())
    for (const waitMs of [1_000, 2_000, 4_000]) {
      wires.at(-1)!.close()
      const count = wires.length
      await vi.advanceTimersByTimeAsync(waitMs - 1)
      expect(wires).toHaveLength(count)
      await vi.advanceTimersByTimeAsync(1)
      expect(wires).toHaveLength(count + 1)
    }
    wires.at(-1)!.close()
    socket.wake()
    expect(wires).toHaveLength(5)
  })

  it('is given up when it falls silent', async () => {
    socket.subscribe('library', vi.fn())
    const wire = await connected()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(wire.readyState).toBe(3)
  })

  it('is not kept for someone who is signed out', async () => {
    token.mockResolvedValue(null)
    socket.subscribe('library', vi.fn())
    await wires[0]!.open()
    expect(wires[0]!.said).toEqual([])
    expect(wires[0]!.readyState).toBe(3)
  })
})

describe('a pause', () => {
  it('lasts until everything is asked for again', async () => {
    const [changed, reset] = [vi.fn(), vi.fn()]
    socket.onPause(changed)
    socket.onReset(reset)
    const mine = vi.fn()
    socket.subscribe('library', mine)
    const wire = await connected(40)
    expect(socket.paused).toBe(false)
    wire.tell({ type: 'paused' })
    wire.tell({ type: 'paused' })
    expect(socket.paused).toBe(true)
    expect(changed).toHaveBeenCalledOnce()
    wire.tell(show(41))
    expect(mine).toHaveBeenCalledOnce()
    expect(wires).toHaveLength(1)
    wire.tell({ type: 'reset', lastId: 41 })
    expect(socket.paused).toBe(false)
    expect(reset).toHaveBeenCalledOnce()
  })

  it('ends with the process that was paused, and goes on if the next one says so', async () => {
    socket.subscribe('library', vi.fn())
    ;(await connected()).tell({ type: 'paused' })
    wires[0]!.close()
    expect(socket.paused).toBe(true)
    await vi.advanceTimersByTimeAsync(1_000)
    const wire = await connected()
    expect(socket.paused).toBe(false)
    wire.tell({ type: 'paused' })
    expect(socket.paused).toBe(true)
  })

  it('is of no interest to whom nobody listens', async () => {
    const stop = socket.subscribe('library', vi.fn())
    ;(await connected()).tell({ type: 'paused' })
    stop()
    expect(socket.paused).toBe(false)
  })
})
