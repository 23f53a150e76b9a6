import { useId, type ReactNode } from 'react'
import { cn } from '@/lib/cn'

interface CardProps {
  title: string
  note?: ReactNode
  /** At the right of the heading. */
  action?: ReactNode
  children: ReactNode
  className?: string
}

/** A titled section on a panel: the pieces of the settings. */
export function Card({ title, note, action, children, className }: CardProps) {
  const id = useId()
  return (
    <section
      aria-labelledby={id}
      className={cn('mb-5 rounded-2xl border border-line bg-panel p-5 md:p-6', className)}
    >
      <div className="mb-4 flex items-start justify-between gap-4">
        <div>
          <h2 id={id} className="font-display text-lg font-semibold">
            {title}
          </h2>
          {note !== undefined && <p className="mt-1 text-sm text-muted">{note}</p>}
        </div>
        {action}
      </div>
      {children}
    </section>
  )
}

/** A line of a setting: what it is at the left, the choice at the right. */
export function Setting({ title, note, children }: { title: string; note?: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 border-t border-line py-4 first:border-0 first:pt-0 last:pb-0">
      <div className="max-w-md">
        <p className="font-medium">{title}</p>
        {note !== undefined && <p className="text-sm text-muted">{note}</p>}
      </div>
      {children}
    </div>
  )
}
