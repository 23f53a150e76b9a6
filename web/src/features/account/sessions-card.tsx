import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { MonitorSmartphone } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '@/components/button'
import { Card } from '@/components/card'
import { Loading, Skeleton } from '@/components/skeleton'
import { ErrorState } from '@/components/states'
import { describeError } from '@/lib/api/error'
import { formatAgo } from '@/lib/format'
import { toast } from '@/lib/toast'
import { endSession, sessionsQuery } from './api'
import { describeDevice } from './device'

/** `action`, for this device, stands above the list: below it, it would move away when the list comes. */
export function SessionsCard({ action }: { action: ReactNode }) {
  const queries = useQueryClient()
  const { data: sessions, error, refetch } = useQuery(sessionsQuery)
  const end = useMutation({
    mutationFn: endSession,
    onSuccess: () => queries.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
    onError: (failure) => toast(describeError(failure), 'problem'),
  })
  return (
    <Card title="Where you are signed in" action={action}>
      {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {sessions === undefined && error === null && (
        <Loading>
          <Skeleton className="h-14" />
        </Loading>
      )}
      <ul>
        {sessions?.map((one) => (
          <li key={one.id} className="flex items-center gap-4 border-t border-line py-3 first:border-0">
            <MonitorSmartphone aria-hidden className="size-5 shrink-0 text-faint" />
            <div className="min-w-0 grow">
              <p className="truncate font-medium">{describeDevice(one.device)}</p>
              <p className="truncate text-sm text-muted">
                {one.current ? 'This device' : `Seen ${formatAgo(one.lastSeenAt)}`} · {one.address}
              </p>
            </div>
            {!one.current && (
              <Button
                variant="outline"
                size="sm"
                aria-label={`Sign out ${describeDevice(one.device)}`}
                onClick={() => end.mutate(one.id)}
              >
                Sign out
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  )
}
