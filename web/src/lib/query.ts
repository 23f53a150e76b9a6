import { QueryClient, type UseQueryResult } from '@tanstack/react-query'
import { ApiError, Unreachable } from '@/lib/api/error'

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

type Coming = Pick<UseQueryResult, 'isPending' | 'failureCount' | 'fetchStatus'>

/** Whether the answer is on its way and nothing has failed yet: what depends on its size may wait so long, and no longer. */
export function isComing({ isPending, failureCount, fetchStatus }: Coming): boolean {
  return isPending && failureCount === 0 && fetchStatus === 'fetching'
}

/** No network, an overloaded server: worth another try. What the server refused, it refuses again. */
function isPassing(error: unknown): boolean {
  const busy = error instanceof ApiError && (error.status >= 500 || error.status === 429)
  return busy || error instanceof Unreachable
}
