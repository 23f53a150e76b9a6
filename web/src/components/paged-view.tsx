import type { ReactNode } from 'react'
import { ErrorState } from '@/components/states'

interface PagedViewProps<Item> {
  paged: { items: readonly Item[]; error: Error | null; isPending: boolean; refetch: () => unknown }
  /** Shown while the first page is on its way. */
  skeleton: ReactNode
  /** Shown when there is nothing. */
  empty: ReactNode
  children: (items: readonly Item[]) => ReactNode
}

/** A paged list in each of its states. */
export function PagedView<Item>({ paged, skeleton, empty, children }: PagedViewProps<Item>) {
  if (paged.error !== null) return <ErrorState error={paged.error} onRetry={() => void paged.refetch()} />
  if (paged.isPending) return skeleton
  if (paged.items.length === 0) return empty
  return children(paged.items)
}
