import { queryOptions } from '@tanstack/react-query'
import { api, take } from '@/lib/api/client'
import type { components } from '@/lib/api/schema'
import { queryClient } from '@/lib/query'

export type Me = components['schemas']['Me']

/** Who is signed in. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: () => take(api.GET('/api/v1/me')),
})

/** The id of who is signed in, as far as that is known by now. */
export function currentUserId(): string | undefined {
  return queryClient.getQueryData(meQuery.queryKey)?.id
}
