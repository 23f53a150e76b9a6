import { formatCount } from '@/lib/format'
import type { Totals } from './totals'

/** What is new since the last time, in a sentence or two; empty when nothing is worth a word. */
export function changeInWords(before: Totals, after: Totals): string {
  const rise = (phase: keyof Totals['byPhase']) => after.byPhase[phase] - before.byPhase[phase]
  const news = [
    after.unsent > before.unsent ? `${formatCount(after.unsent - before.unsent, 'file')} to upload.` : '',
    rise('ready') > 0 ? `${formatCount(rise('ready'), 'track')} ready.` : '',
    rise('duplicate') > 0 ? `${formatCount(rise('duplicate'), 'file')} here already.` : '',
    rise('failed') > 0 ? `${formatCount(rise('failed'), 'upload')} failed.` : '',
    rise('missing') > 0 ? `${formatCount(rise('missing'), 'file')} to be chosen again.` : '',
  ].filter((text) => text !== '')
  const wasBusy = before.unsent + before.byPhase.processing > 0
  const isOver = wasBusy && after.unsent + after.byPhase.processing === 0 && news.length > 0
  return [...news, ...(isOver ? ['All uploads are done.'] : [])].join(' ')
}
