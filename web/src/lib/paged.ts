import { infiniteQueryOptions, useInfiniteQuery, type QueryKey } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import type { Page } from '@/lib/api/types'

type Cursor = string | null
type Fetch<Item> = (cursor: Cursor, signal: AbortSignal) => Promise<Page<Item>>

/** A list that comes page by page, as a query. */
export function pagedQuery<Item>(queryKey: QueryKey, fetchPage: Fetch<Item>) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam, signal }) => fetchPage(pageParam, signal),
    initialPageParam: null as Cursor,
    getNextPageParam: (last) => last.nextCursor,
  })
}

type PagedQuery<Item> = ReturnType<typeof pagedQuery<Item>>

/** What has come of a list so far, and how to ask for more. */
export function usePaged<Item>(query: PagedQuery<Item>) {
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } =
    useInfiniteQuery(query)
  const items = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data])
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  // A page that fails behind others leaves those in sight; scrolling on asks again.
  return { items, error: data === undefined ? error : null, isPending, hasNextPage, more, refetch }
}
