import { QueryClient, type FetchQueryOptions, type QueryKey } from '@tanstack/react-query'
import { ApiError } from '@/lib/api/error'

const MINUTE = 60_000

/** Server state. The live socket says when something changed, so what is here may be trusted for a while. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5 * MINUTE,
      gcTime: 30 * MINUTE,
      refetchOnWindowFocus: false,
      retry: (failures, error) => isPassing(error) && failures < 2,
    },
  },
})

/** Begins to fetch what will be shown; the page that shows it tells of a failure. */
export function fetchAhead<Data, Key extends QueryKey>(
  query: FetchQueryOptions<Data, Error, Data, Key>,
): void {
  queryClient.query(query).catch(() => undefined)
}

/** No network, an overloaded server: worth another try. What the server refused, it refuses again. */
function isPassing(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status >= 500 || error.status === 429
}
