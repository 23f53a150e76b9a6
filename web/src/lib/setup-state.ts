import { queryOptions } from '@tanstack/react-query'
import { api, take } from '@/lib/api/client'

/** Whether this server has an admin yet, and who may register. */
export const setupStateQuery = queryOptions({
  queryKey: ['setup'],
  queryFn: () => take(api.GET('/api/v1/setup')),
})
