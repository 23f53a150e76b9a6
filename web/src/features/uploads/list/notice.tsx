import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'

interface NoticeProps {
  icon: LucideIcon
  tone?: 'plain' | 'warn'
  children: ReactNode
  action?: ReactNode
}

/** Something about the whole list that its owner should know. */
export function Notice({ icon: Icon, tone = 'plain', children, action }: NoticeProps) {
  return (
    <div
      className={cn(
        'mb-3 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-xl border px-4 py-3 text-sm',
        tone === 'warn' ? 'border-warn/35 bg-warn/10' : 'border-line bg-panel',
      )}
    >
      <Icon aria-hidden className={cn('size-5 shrink-0', tone === 'warn' ? 'text-warn' : 'text-faint')} />
      <div className="min-w-48 grow basis-0">{children}</div>
      {action !== undefined && <div className="flex gap-2">{action}</div>}
    </div>
  )
}
