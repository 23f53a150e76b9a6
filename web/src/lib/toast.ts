import { create } from 'zustand'
import { randomId } from '@/lib/random-id'

export interface Toast {
  id: string
  text: string
  tone: 'plain' | 'problem'
}

const SHOWN_MS = { plain: 3_500, problem: 7_000 } as const
const MAX_SHOWN = 3

export const useToasts = create<{ toasts: readonly Toast[] }>(() => ({ toasts: [] }))

/** Shows a line at the foot of the page for a few seconds. */
export function toast(text: string, tone: Toast['tone'] = 'plain'): void {
  const id = randomId()
  useToasts.setState(({ toasts }) => ({ toasts: [...toasts, { id, text, tone }].slice(-MAX_SHOWN) }))
  setTimeout(() => dismissToast(id), SHOWN_MS[tone])
}

export function dismissToast(id: string): void {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((other) => other.id !== id) }))
}
