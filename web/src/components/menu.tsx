import { Check, type LucideIcon } from 'lucide-react'
import { DropdownMenu as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'

const ITEM = cn(
  'flex min-h-10 cursor-default items-center gap-3 rounded-lg px-3 text-sm text-text outline-none select-none',
  'data-[disabled]:opacity-40 data-[highlighted]:bg-hover',
)

interface MenuProps {
  /** The button that opens it. */
  trigger: ReactNode
  children: ReactNode
  align?: 'start' | 'center' | 'end'
  side?: 'top' | 'right' | 'bottom' | 'left'
}

export function Menu({ trigger, children, align = 'end', side = 'bottom' }: MenuProps) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={12}
          className="z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-52 animate-rise overflow-y-auto rounded-xl border border-line bg-panel p-1.5 shadow-float"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

interface MenuItemProps {
  icon?: LucideIcon
  children: ReactNode
  onSelect: () => void
  disabled?: boolean
  danger?: boolean
}

export function MenuItem({
  icon: Icon,
  children,
  onSelect,
  disabled = false,
  danger = false,
}: MenuItemProps) {
  return (
    <Radix.Item
      className={cn(ITEM, danger && 'text-danger')}
      disabled={disabled}
      onSelect={() => {
        onSelect()
      }}
    >
      {Icon !== undefined && <Icon aria-hidden className="size-4.5 text-faint" />}
      {children}
    </Radix.Item>
  )
}

/** An item that is a link: the child is the anchor. */
export function MenuLink({ icon: Icon, children }: { icon: LucideIcon; children: ReactNode }) {
  return (
    <Radix.Item className={cn(ITEM, 'relative pl-10')} asChild>
      <div>
        <Icon aria-hidden className="pointer-events-none absolute left-3 size-4.5 text-faint" />
        {children}
      </div>
    </Radix.Item>
  )
}

interface MenuChoiceProps<Value extends string> {
  label: string
  value: Value
  options: readonly { value: Value; label: string }[]
  onChange: (value: Value) => void
}

export function MenuChoice<Value extends string>({
  label,
  value,
  options,
  onChange,
}: MenuChoiceProps<Value>) {
  return (
    <Radix.RadioGroup value={value} onValueChange={(next) => onChange(next as Value)}>
      <Radix.Label className="px-3 pt-2 pb-1.5 text-xs font-semibold text-faint">{label}</Radix.Label>
      {options.map((option) => (
        <Radix.RadioItem key={option.value} value={option.value} className={ITEM}>
          <span className="grow">{option.label}</span>
          <Radix.ItemIndicator>
            <Check aria-hidden className="size-4 text-accent-text" />
          </Radix.ItemIndicator>
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  )
}

export function MenuSeparator() {
  return <Radix.Separator className="mx-2 my-1.5 h-px bg-line" />
}
