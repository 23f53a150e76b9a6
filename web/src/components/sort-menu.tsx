import { ArrowDownUp } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '@/components/button'
import { Menu, MenuChoice } from '@/components/menu'

interface SortMenuProps<Sort extends string> {
  value: Sort
  options: readonly { value: Sort; label: string }[]
  onChange: (value: Sort) => void
  /** More choices, below the orders. */
  children?: ReactNode
}

export function SortMenu<Sort extends string>({ value, options, onChange, children }: SortMenuProps<Sort>) {
  const chosen = options.find((option) => option.value === value)?.label ?? ''
  return (
    <Menu
      trigger={
        <Button size="sm" aria-label={`Sort by: ${chosen}`}>
          <ArrowDownUp aria-hidden className="size-4" />
          {chosen}
        </Button>
      }
    >
      <MenuChoice label="Sort by" value={value} options={options} onChange={onChange} />
      {children}
    </Menu>
  )
}
