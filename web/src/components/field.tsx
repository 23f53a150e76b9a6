import { Label } from 'radix-ui'
import { useId, type ComponentProps, type ReactNode } from 'react'
import { cn } from '@/lib/cn'

const INPUT = cn(
  'h-12 w-full rounded-xl border border-line bg-ground px-4 text-[0.95rem] text-text transition-colors',
  'placeholder:text-faint hover:border-faint/60 focus:border-accent focus:outline-2 focus:outline-accent/40',
)

interface FieldProps extends ComponentProps<'input'> {
  label: string
  hint?: ReactNode
  error?: string | undefined
  /** Inside the box, at its right. */
  trailing?: ReactNode
}

export function Field({ label, hint, error, trailing, className, ...input }: FieldProps) {
  const id = useId()
  const noteId = `${id}-note`
  const note = error ?? hint
  return (
    <div className={className}>
      <Label.Root htmlFor={id} className="mb-1.5 block text-sm font-semibold">
        {label}
      </Label.Root>
      <div className="relative">
        <input
          id={id}
          className={cn(INPUT, error !== undefined && 'border-danger', trailing !== undefined && 'pr-14')}
          aria-invalid={error !== undefined}
          aria-describedby={note === undefined ? undefined : noteId}
          {...input}
        />
        {trailing !== undefined && (
          <div className="absolute inset-y-0 right-1 grid place-items-center">{trailing}</div>
        )}
      </div>
      {note !== undefined && (
        <p id={noteId} className={cn('mt-1.5 text-sm', error === undefined ? 'text-faint' : 'text-danger')}>
          {note}
        </p>
      )}
    </div>
  )
}

/** What a form says when the server refuses it. */
export function FormError({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className="rounded-xl border border-danger/30 bg-danger/10 px-4 py-3 text-sm text-danger">
      {children}
    </p>
  )
}
