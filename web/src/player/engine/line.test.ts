import { expect, it } from 'vitest'
import { isPrivate, Line, type NetworkHints } from './line'

const lineTo = (hostname: string, hints: NetworkHints = {}) => new Line(hostname, () => hints)

it.each([
  'localhost',
  'tutti.localhost',
  'nas',
  'NAS.local',
  'music.lan',
  'box.home.arpa',
  '127.0.0.1',
  '10.1.2.3',
  '192.168.0.5',
  '172.31.9.9',
  '169.254.1.1',
  '[::1]',
  '[fd12:3456::1]',
  '[fe80::1]',
])('takes %s for near', (hostname) => {
  expect(isPrivate(hostname)).toBe(true)
  expect(lineTo(hostname).near).toBe(true)
})

it.each([
  'music.example',
  'local.example',
  '172.32.0.1',
  '192.169.0.1',
  '100.100.1.2',
  '8.8.8.8',
  '10.example.com',
  '[2001:db8::1]',
  '[::2]',
])('takes %s for far', (hostname) => {
  expect(isPrivate(hostname)).toBe(false)
})

it('bears a file only after it has been seen to carry three times as much', () => {
  const line = lineTo('music.example', { downlink: 10 })
  expect(line.bears(320)).toBe(false)
  expect(line.kbps).toBe(10_000)
  line.measured(100_000, 1_000)
  expect(line.kbps).toBe(800)
  expect(line.bears(320)).toBe(false)
  line.measured(1_000_000, 1_000)
  expect(line.kbps).toBeCloseTo(2_960)
  expect(line.bears(320)).toBe(true)
})

it('learns nothing from what is small, and little from what comes out of a cache', () => {
  const line = lineTo('music.example')
  line.measured(2_000, 1)
  expect(line.kbps).toBeNull()
  line.measured(50_000, 0)
  expect(line.kbps).toBe(8_000)
})

it('stops believing the address when the music stops twice', () => {
  const line = lineTo('192.168.0.5')
  line.measured(10_000_000, 1_000)
  expect(line.stalled()).toBe(false)
  expect(line.near).toBe(true)
  expect(line.stalled()).toBe(true)
  expect(line.near).toBe(false)
  expect(line.bears(64)).toBe(false)
  expect(line.stalled()).toBe(false)
})
