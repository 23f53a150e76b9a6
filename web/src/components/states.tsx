import { CloudOff, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '@/components/button'
import { ApiError, describeError } from '@/lib/api/error'
import { cn } from '@/lib/cn'

interface EmptyStateProps {
  icon: LucideIcon
  title: string
  children?: ReactNode
  action?: ReactNode
  className?: string
  /** It is all that the page holds, so its title is the page's. */
  page?: boolean
}

/** Says that there is nothing, why, and what to do about it. */
export function EmptyState(props: EmptyStateProps) {
  const { icon: Icon, title, children, action, className, page = false } = props
  const Heading = page ? 'h1' : 'h2'
  return (
    <div className={cn('mx-auto flex max-w-md flex-col items-center px-6 py-16 text-center', className)}>
      <div className="mb-5 grid size-16 place-items-center rounded-2xl bg-raised text-faint">
        <Icon aria-hidden className="size-7" strokeWidth={1.5} />
      </div>
      <Heading className="font-display text-xl font-semibold">{title}</Heading>
      {children !== undefined && <div className="mt-2 leading-relaxed text-muted">{children}</div>}
      {action !== undefined && <div className="mt-6 flex gap-3">{action}</div>}
    </div>
  )
}

interface ErrorStateProps {
  error: unknown
  onRetry?: () => void
  /** It stands in place of the whole page. */
  page?: boolean
}

/** Says what failed, in the server's words, and offers another try. */
export function ErrorState({ error, onRetry, page = false }: ErrorStateProps) {
  const traceId = error instanceof ApiError ? error.traceId : null
  const missing = error instanceof ApiError && error.status === 404
  return (
    <div role="alert">
      <EmptyState
        icon={CloudOff}
        page={page}
        title={missing ? 'This is not here' : 'That did not work'}
        {...(onRetry === undefined || missing
          ? {}
          : {
              action: (
                <Button variant="primary" onClick={onRetry}>
                  Try again
                </Button>
              ),
            })}
      >
        <p>{describeError(error)}</p>
        {traceId !== null && !missing && (
          <p className="mt-2 text-xs text-faint">
            Trace <code className="select-all">{traceId}</code>
          </p>
        )}
      </EmptyState>
    </div>
  )
}
