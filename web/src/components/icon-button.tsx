import type { LucideIcon } from 'lucide-react'
import type { ComponentProps } from 'react'
import { Tooltip } from '@/components/tooltip'
import { cn } from '@/lib/cn'

const SIZES = {
  sm: ['size-9', 'size-[1.1rem]'],
  md: ['size-10', 'size-5'],
  lg: ['size-12', 'size-6'],
} as const

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  /** Its name for screen readers, and its tooltip. */
  label: string
  icon: LucideIcon
  size?: keyof typeof SIZES
  /** For switches: announced, and shown in the accent colour. */
  pressed?: boolean
  filled?: boolean
  /** The key that does the same, shown in the tooltip. */
  shortcut?: string
  iconClassName?: string
}

export function IconButton(props: IconButtonProps) {
  const {
    label,
    icon: Icon,
    size = 'md',
    pressed,
    filled,
    shortcut,
    className,
    iconClassName,
    ...rest
  } = props
  const [box, glyph] = SIZES[size]
  return (
    <Tooltip text={label} {...(shortcut === undefined ? {} : { shortcut })}>
      <button
        type="button"
        aria-label={label}
        aria-pressed={pressed}
        className={cn(
          'grid shrink-0 place-items-center rounded-full transition-[color,background-color,transform] duration-150',
          'hover:bg-hover/70 hover:text-text active:scale-90 disabled:pointer-events-none disabled:opacity-35 aria-disabled:pointer-events-none aria-disabled:opacity-35',
          pressed === true ? 'text-accent-text' : 'text-muted',
          box,
          className,
        )}
        {...rest}
      >
        <Icon aria-hidden className={cn(glyph, filled === true && 'fill-current', iconClassName)} />
      </button>
    </Tooltip>
  )
}
