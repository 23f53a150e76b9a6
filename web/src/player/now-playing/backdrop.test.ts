import { expect, it } from 'vitest'
import { backdropOf } from './backdrop'

const cover = (...palette: string[]) => ({ id: 'c', blurhash: null, palette })
const named = (colors: readonly string[]) => colors.map((color) => /#[0-9a-f]{6}/.exec(color)?.[0])

it('takes what covers most, and is no grey beside the rest', () => {
  const sunset = ['#101116', '#4b2b6b', '#f2e7d3', '#2b6d5f', '#ea787c']
  expect(named(backdropOf(cover(...sunset), 'a'))).toEqual(['#4b2b6b', '#2b6d5f'])
  expect(named(backdropOf(cover('#101116', '#282930'), 'a'))).toEqual(['#101116', '#282930'])
})

it('makes do with one colour, or none', () => {
  expect(named(backdropOf(cover('#101116'), 'a'))).toEqual(['#101116', '#101116'])
  const [first, second] = backdropOf(null, 'Paper Lanterns')
  expect(first).toBe(second)
  expect(backdropOf(cover(), 'Paper Lanterns')).toEqual([first, second])
})
