import { Slider as Radix } from 'radix-ui'
import { cn } from '@/lib/cn'

interface SliderProps {
  label: string
  value: number
  max: number
  step: number
  /** What a screen reader says for the value. */
  valueText: string
  onChange: (value: number) => void
  /** When the thumb is let go. */
  onCommit?: (value: number) => void
  /** A second, fainter fill: how much is buffered. */
  buffered?: number
  disabled?: boolean
  className?: string
}

export function Slider(props: SliderProps) {
  const {
    label,
    value,
    max,
    step,
    valueText,
    onChange,
    onCommit,
    buffered,
    disabled = false,
    className,
  } = props
  return (
    <Radix.Root
      value={[Math.min(value, max)]}
      max={max}
      step={step}
      disabled={disabled}
      onValueChange={([next]) => next !== undefined && onChange(next)}
      onValueCommit={([next]) => next !== undefined && onCommit?.(next)}
      className={cn('group relative flex h-5 touch-none items-center select-none', className)}
    >
      <Radix.Track className="relative h-1 grow overflow-hidden rounded-full bg-text/15 transition-[height] group-hover:h-1.5">
        {buffered !== undefined && max > 0 && (
          <span
            className="absolute inset-y-0 left-0 bg-text/15"
            style={{ width: `${Math.min(100, (buffered / max) * 100)}%` }}
          />
        )}
        <Radix.Range className="absolute h-full rounded-full bg-text group-hover:bg-accent" />
      </Radix.Track>
      <Radix.Thumb
        aria-label={label}
        aria-valuetext={valueText}
        className="block size-3.5 scale-0 rounded-full bg-text shadow-md transition-transform group-hover:scale-100 group-data-[disabled]:hidden focus-visible:scale-100"
      />
    </Radix.Root>
  )
}
