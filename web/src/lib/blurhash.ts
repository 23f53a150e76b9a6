import { decodeBlurHash } from 'fast-blurhash'

const SIDE = 16
const MAX_KEPT = 2000
const kept = new Map<string, string | null>()

/** A tiny picture of the cover as a data URL, for the time until the cover is there; null if undecodable. */
export function blurhashUrl(hash: string): string | null {
  const found = kept.get(hash)
  if (found !== undefined) return found
  const url = paint(hash)
  if (kept.size >= MAX_KEPT) kept.clear()
  kept.set(hash, url)
  return url
}

function paint(hash: string): string | null {
  const canvas = document.createElement('canvas')
  canvas.width = SIDE
  canvas.height = SIDE
  const context = canvas.getContext('2d')
  if (context === null) return null
  try {
    const image = context.createImageData(SIDE, SIDE)
    image.data.set(decodeBlurHash(hash, SIDE, SIDE))
    context.putImageData(image, 0, 0)
    return canvas.toDataURL()
  } catch {
    return null // A hash that is none: the palette's colour has to do.
  }
}
