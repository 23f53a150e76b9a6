import type { Cover } from '@/lib/api/types'

/** Colours for things without cover art: chosen by name, so that the same thing always looks the same. */
const INKS = ['#c2553a', '#b8862b', '#4d8f5b', '#2f8f93', '#4168b8', '#7a55c0', '#b14a8b', '#8a6a52'] as const

export function inkFor(name: string): string {
  let hash = 7
  for (const letter of name) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) >>> 0
  return INKS[hash % INKS.length] ?? INKS[0]
}

/** The colour to tint a page or the player with. */
export function tintOf(cover: Cover | null | undefined, name: string): string {
  return cover?.palette[0] ?? inkFor(name)
}

/** Two colours for a gradient: the dominant one, and the next that is there. */
export function gradientOf(cover: Cover | null | undefined, name: string): readonly [string, string] {
  const first = tintOf(cover, name)
  return [first, cover?.palette[1] ?? first]
}
