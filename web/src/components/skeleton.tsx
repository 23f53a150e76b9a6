import { cn } from '@/lib/cn'

/** A shimmering place for something on its way; takes the size of what will come. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <div
      aria-hidden
      className={cn(
        'animate-shimmer rounded-lg bg-raised bg-linear-[100deg,transparent_35%,var(--color-hover)_50%,transparent_65%] bg-size-[200%_100%]',
        className,
      )}
    />
  )
}

/** Announces the wait once, around any number of skeletons. */
export function Loading({ label = 'Loading', children }: { label?: string; children: React.ReactNode }) {
  return (
    <div role="status" aria-label={label}>
      {children}
    </div>
  )
}
