import type { Cover } from '@/lib/api/types'
import { inkFor } from '@/lib/palette'

/** As light as a wall behind white words may be, and as dark as it may be while its colour is still to be seen. */
const lit = (color: string) => `oklch(from ${color} clamp(0.44, l, 0.56) calc(c * 1.2) h)`

/** The two colours that cover most of a cover, but for what is grey beside the others. */
export function backdropOf(cover: Cover | null, name: string): readonly [string, string] {
  const palette = cover?.palette ?? []
  const liveliest = Math.max(...palette.map(chromaOf))
  const [first = inkFor(name), second = first] = palette.filter((color) => chromaOf(color) >= liveliest / 2)
  return [lit(first), lit(second)]
}

/** How far a colour is from grey, 0 to 255: the largest less the smallest of red, green and blue. */
function chromaOf(color: string): number {
  const parts = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16))
  return Math.max(...parts) - Math.min(...parts)
}
