import { LoaderCircle } from 'lucide-react'
import { Slot } from 'radix-ui'
import type { ComponentProps } from 'react'
import { cn } from '@/lib/cn'

const VARIANTS = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong shadow-sm',
  secondary: 'bg-raised text-text hover:bg-hover',
  outline: 'border border-line text-text hover:bg-raised',
  ghost: 'text-muted hover:bg-raised hover:text-text',
  danger: 'border border-danger/40 text-danger hover:bg-danger/10',
} as const

const SIZES = {
  sm: 'h-9 gap-1.5 px-3.5 text-sm',
  md: 'h-11 gap-2 px-5 text-[0.95rem]',
  lg: 'h-12 gap-2.5 px-7 text-base',
} as const

export interface ButtonProps extends ComponentProps<'button'> {
  variant?: keyof typeof VARIANTS
  size?: keyof typeof SIZES
  /** Shows a spinner and takes no clicks. */
  busy?: boolean
  /** Renders the child (a link) in the button's dress. */
  asChild?: boolean
}

export function Button({
  variant = 'secondary',
  size = 'md',
  busy = false,
  asChild = false,
  className,
  disabled,
  children,
  ...rest
}: ButtonProps) {
  const dress = cn(
    'inline-flex shrink-0 items-center justify-center rounded-full font-semibold whitespace-nowrap select-none',
    'transition-[background-color,color,transform,opacity] duration-150 active:scale-[0.97]',
    'disabled:pointer-events-none disabled:opacity-50',
    VARIANTS[variant],
    SIZES[size],
    className,
  )
  if (asChild) {
    return (
      <Slot.Root className={dress} {...rest}>
        {children}
      </Slot.Root>
    )
  }
  return (
    <button type="button" className={dress} disabled={disabled === true || busy} aria-busy={busy} {...rest}>
      {busy && <LoaderCircle aria-hidden className="size-4 animate-spin" />}
      {children}
    </button>
  )
}
