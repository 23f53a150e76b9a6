import { API } from '@/lib/api/client'
import type { Cover } from '@/lib/api/types'

/** The sizes, in pixels of one side, that the server keeps ready. */
export const COVER_SIZES = [64, 128, 256, 512, 1024] as const
export type CoverSize = (typeof COVER_SIZES)[number]

export function coverUrl(cover: Pick<Cover, 'id'>, size: CoverSize): string {
  return `${API}/covers/${cover.id}?size=${size}`
}

/** The smallest ready size that is sharp at `cssPx` on this screen. */
export function coverSizeFor(cssPx: number, pixelRatio = window.devicePixelRatio): CoverSize {
  const wanted = cssPx * Math.min(pixelRatio, 2)
  return COVER_SIZES.find((size) => size >= wanted) ?? 1024
}
