import { cn } from '@/lib/cn'

/** Three bars that dance while a track sounds. */
export function Equaliser({ moving, className }: { moving: boolean; className?: string }) {
  return (
    <span aria-hidden className={cn('flex h-3.5 items-end gap-[2px] text-accent-text', className)}>
      {[0, -370, -640].map((delay) => (
        <span
          key={delay}
          className={cn('h-full w-[3px] origin-bottom rounded-full bg-current', moving && 'animate-bar')}
          style={moving ? { animationDelay: `${delay}ms` } : { transform: 'scaleY(0.35)' }}
        />
      ))}
    </span>
  )
}
