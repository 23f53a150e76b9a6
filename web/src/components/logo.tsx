import { cn } from '@/lib/cn'

const BARS = [
  ['#ffb35c', 13, 6],
  ['#ff7a59', 9, 14],
  ['#f2508b', 6, 20],
  ['#a96bff', 11, 10],
] as const

/** Four voices, all together: tutti. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="4 4 24 24" aria-hidden className={cn('size-8', className)}>
      {BARS.map(([colour, y, height], at) => (
        <path
          key={colour}
          d={`M${8 + at * 5.33} ${y}v${height}`}
          stroke={colour}
          strokeWidth="3.6"
          strokeLinecap="round"
        />
      ))}
    </svg>
  )
}

export function Wordmark({ className }: { className?: string }) {
  return (
    <span className={cn('font-display text-2xl font-bold tracking-tight', className)}>
      tutti<span className="text-accent">.</span>
    </span>
  )
}
