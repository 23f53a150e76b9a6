import { describe, expect, it } from 'vitest'
import { HEIGHT, outlineOf } from './outline'

function heights(path: string): number[] {
  return [...path.matchAll(/v([\d.]+)h/g)].map((found) => Number(found[1]))
}

describe('the outline of a waveform', () => {
  it('has a bar for each part, as high as the loudest peak in it', () => {
    const peaks = new Uint8Array(1000)
    peaks[2] = 255
    peaks[999] = 128
    const bars = heights(outlineOf(peaks))
    expect(bars).toHaveLength(200)
    expect(bars[0]).toBe(HEIGHT)
    expect(bars[1]).toBeLessThan(5)
    expect(bars[199]).toBeCloseTo(HEIGHT / 2, 0)
  })

  it('makes do with fewer peaks, and with none', () => {
    expect(heights(outlineOf(Uint8Array.of(10, 20, 30)))).toHaveLength(3)
    expect(outlineOf(new Uint8Array())).toBe('')
  })
})
