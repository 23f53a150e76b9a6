import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'
import type { Tone } from './stage'

interface ProgressRingProps {
  /** 0 to 1; null shows no ring. */
  share: number | null
  label: string
  tone: Tone
  children: ReactNode
}

const RADIUS = 20
const ROUND = 2 * Math.PI * RADIUS
const INKS = { plain: 'stroke-accent', good: 'stroke-ok', warn: 'stroke-warn', bad: 'stroke-danger' } as const

/** How much is done, drawn around an icon; always of the same size. */
export function ProgressRing({ share, label, tone, children }: ProgressRingProps) {
  const progress =
    share === null
      ? {}
      : ({
          role: 'progressbar',
          'aria-label': label,
          'aria-valuenow': Math.round(share * 100),
          'aria-valuemin': 0,
          'aria-valuemax': 100,
        } as const)
  return (
    <div {...progress} className="relative grid size-11 shrink-0 place-items-center rounded-full bg-raised">
      {share !== null && (
        <svg viewBox="0 0 44 44" aria-hidden className="absolute inset-0 -rotate-90">
          <circle cx="22" cy="22" r={RADIUS} fill="none" strokeWidth="3" className="stroke-hover" />
          <circle
            cx="22"
            cy="22"
            r={RADIUS}
            fill="none"
            strokeWidth="3"
            strokeLinecap="round"
            strokeDasharray={ROUND}
            strokeDashoffset={ROUND * (1 - share)}
            className={cn(
              'transition-[stroke-dashoffset] duration-300',
              INKS[tone],
              share === 0 && 'opacity-0',
            )}
          />
        </svg>
      )}
      {children}
    </div>
  )
}
