import type { Quality } from '@/player/engine/formats'

export const QUALITY_OPTIONS = [
  { value: 'auto', label: 'Auto' },
  { value: 'data-saver', label: 'Data saver' },
  { value: 'high', label: 'High' },
  { value: 'lossless', label: 'Lossless' },
] as const satisfies readonly { value: Quality; label: string }[]

/** All of about one length, so that what is below stays where it is. */
export const QUALITY_NOTES: Readonly<Record<Quality, string>> = {
  auto: 'Originals at home; elsewhere as good as your connection carries.',
  'data-saver': 'The least data: about 30 MB for an hour of music.',
  high: 'Up to 256 kbit/s, at home and elsewhere: about 120 MB for an hour.',
  lossless: 'Everything as it is in your files, whatever the connection.',
}
