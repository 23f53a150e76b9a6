import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'
import { OWN_KEYS } from '@/lib/use-shortcuts'

interface DialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  description?: string
  children: ReactNode
  wide?: boolean
}

export function Dialog({ open, onOpenChange, title, description, children, wide = false }: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-50 animate-fade-in bg-veil backdrop-blur-sm" />
        <Radix.Content
          {...OWN_KEYS}
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
          className={cn(
            'fixed inset-x-3 top-1/2 z-50 mx-auto max-h-[85dvh] -translate-y-1/2 overflow-y-auto',
            'animate-fade-in rounded-2xl border border-line bg-panel p-6 shadow-float',
            wide ? 'max-w-2xl' : 'max-w-lg',
          )}
        >
          <div className="mb-4 pr-9">
            <Radix.Title className="font-display text-xl font-semibold">{title}</Radix.Title>
            {description !== undefined && (
              <Radix.Description className="mt-1 text-sm text-muted">{description}</Radix.Description>
            )}
          </div>
          {children}
          {/* Last, so that a form's first field gets the focus; without a tooltip, which would eat the first Escape. */}
          <Radix.Close
            aria-label="Close"
            className="absolute top-5 right-4 grid size-9 place-items-center rounded-full text-muted hover:bg-hover hover:text-text"
          >
            <X aria-hidden className="size-[1.1rem]" />
          </Radix.Close>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
