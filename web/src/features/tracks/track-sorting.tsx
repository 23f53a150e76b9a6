import { MenuChoice, MenuSeparator } from '@/components/menu'
import { SortMenu } from '@/components/sort-menu'
import type { Direction, TrackSort } from './api'

const SORTS: readonly { value: TrackSort; label: string }[] = [
  { value: 'title', label: 'Title' },
  { value: 'artist', label: 'Artist' },
  { value: 'album', label: 'Album' },
  { value: 'year', label: 'Year' },
  { value: 'added', label: 'Recently added' },
  { value: 'played', label: 'Most played' },
  { value: 'duration', label: 'Duration' },
]
const ORDERS = [
  { value: 'natural', label: 'As usual' },
  { value: 'asc', label: 'Upwards' },
  { value: 'desc', label: 'Downwards' },
] as const

interface TrackSortingProps {
  sort: TrackSort
  /** Undefined: what people want first of this sort. */
  order: Direction | undefined
  onChange: (next: { sort: TrackSort; order?: Direction }) => void
}

export function TrackSorting({ sort, order, onChange }: TrackSortingProps) {
  return (
    <SortMenu value={sort} options={SORTS} onChange={(next) => onChange({ sort: next })}>
      <MenuSeparator />
      <MenuChoice
        label="Direction"
        value={order ?? 'natural'}
        options={ORDERS}
        onChange={(next) => onChange(next === 'natural' ? { sort } : { sort, order: next })}
      />
    </SortMenu>
  )
}
