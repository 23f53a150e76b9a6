import { expect, it } from 'vitest'
import { lineAt } from './line-at'

const lines = [2_000, 5_000, 5_000, 9_000].map((startMs) => ({ startMs, text: String(startMs) }))

it.each([
  [0, -1],
  [1_800, 0],
  [4_700, 0],
  [4_800, 2],
  [60_000, 3],
])('at %i ms sings line %i', (positionMs, line) => expect(lineAt(lines, positionMs)).toBe(line))

it('sings nothing where there are no lines', () => expect(lineAt([], 5_000)).toBe(-1))
