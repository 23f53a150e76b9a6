import type { Track } from '@/lib/api/types'

const wholeNumber = new Intl.NumberFormat()
const oneDecimal = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 })
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const TAG_DATES = [
  [/^\d{4}-\d{2}-\d{2}$/, new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' })],
  [/^\d{4}-\d{2}$/, new Intl.DateTimeFormat(undefined, { month: 'short', year: 'numeric', timeZone: 'UTC' })],
] as const
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })
const LOSSLESS = new Set(['flac', 'alac', 'wav', 'pcm', 'aiff', 'ape', 'wavpack', 'dsd', 'dsf'])

/** 3:05, or 1:02:03 from an hour on. */
export function formatTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const tail = String(s).padStart(2, '0')
  return h > 0 ? `${h}:${String(m).padStart(2, '0')}:${tail}` : `${m}:${tail}`
}

/** "42 sec", "38 min", "1 hr 12 min": how long an album runs. */
export function formatLength(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  if (ms < 60_000) return `${Math.round(ms / 1000)} sec`
  if (minutes < 60) return `${minutes} min`
  const rest = minutes % 60
  return rest === 0 ? `${Math.floor(minutes / 60)} hr` : `${Math.floor(minutes / 60)} hr ${rest} min`
}

/** The same for a screen reader: "3 minutes 5 seconds". */
export function speakTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const parts = [
    [Math.floor(seconds / 3600), 'hour'],
    [Math.floor(seconds / 60) % 60, 'minute'],
    [seconds % 60, 'second'],
  ] as const
  const said = parts.filter(([n]) => n > 0).map(([n, unit]) => `${n} ${unit}${n === 1 ? '' : 's'}`)
  return said.join(' ') || '0 seconds'
}

export function formatNumber(value: number): string {
  return wholeNumber.format(value)
}

/** "1 album", "2,040 albums". */
export function formatCount(value: number, one: string, many = `${one}s`): string {
  return `${wholeNumber.format(value)} ${value === 1 ? one : many}`
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  return `${oneDecimal.format(bytes / 1000 ** power)} ${units[power] ?? 'B'}`
}

export function formatDay(iso: string): string {
  return day.format(new Date(iso))
}

/** "2024", "2024-11" or "2024-11-08", as tags have it; a day of the calendar, wherever one is. */
export function formatTagDate(date: string): string {
  const form = TAG_DATES.find(([shape]) => shape.test(date))?.[1]
  const at = new Date(date)
  return form === undefined || Number.isNaN(at.getTime()) ? date : form.format(at)
}

/** "just now", "5 minutes ago", "yesterday"; the day itself after a month. */
export function formatAgo(iso: string, now = Date.now()): string {
  const seconds = Math.round((Date.parse(iso) - now) / 1000)
  if (Math.abs(seconds) < 45) return 'just now'
  if (Math.abs(seconds) < 45 * 60) return relative.format(Math.round(seconds / 60), 'minute')
  if (Math.abs(seconds) < 22 * 3600) return relative.format(Math.round(seconds / 3600), 'hour')
  if (Math.abs(seconds) < 30 * 86_400) return relative.format(Math.round(seconds / 86_400), 'day')
  return formatDay(iso)
}

type Quality = Pick<Track, 'codec' | 'bitRateKbps' | 'bitDepth' | 'sampleRateHz'>

/** "FLAC 24/96" for lossless, "MP3 320" for the rest. */
export function formatQuality(track: Quality): string {
  const codec = track.codec.toUpperCase()
  if (isLossless(track)) {
    const rate = oneDecimal.format(track.sampleRateHz / 1000)
    return track.bitDepth === null ? `${codec} ${rate}` : `${codec} ${track.bitDepth}/${rate}`
  }
  return track.bitRateKbps > 0 ? `${codec} ${track.bitRateKbps}` : codec
}

export function isLossless(track: Pick<Track, 'codec'>): boolean {
  return LOSSLESS.has(track.codec.toLowerCase())
}
