import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { Button } from '@/components/button'
import { Card } from '@/components/card'
import { PageTitle } from '@/components/page'
import { Loading, Skeleton } from '@/components/skeleton'
import { EmptyState, ErrorState } from '@/components/states'
import { describeError } from '@/lib/api/error'
import { formatAgo, formatDay } from '@/lib/format'
import { toast } from '@/lib/toast'
import { apiKeysQuery, revokeApiKey } from './api'
import { NewKeyDialog } from './new-key-dialog'

export function KeysPage() {
  const queries = useQueryClient()
  const { data: keys, error, refetch } = useQuery(apiKeysQuery)
  const revoke = useMutation({
    mutationFn: revokeApiKey,
    onSuccess: () => queries.invalidateQueries({ queryKey: apiKeysQuery.queryKey }),
    onError: (failure) => toast(describeError(failure), 'problem'),
  })
  return (
    <>
      <PageTitle>API keys</PageTitle>
      <Card
        title="API keys"
        note="For scripts and other apps. A key does what you may do, within its scopes."
        action={<NewKeyDialog />}
      >
        {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
        {keys === undefined && error === null && (
          <Loading>
            <Skeleton className="h-14" />
          </Loading>
        )}
        {keys?.length === 0 && <EmptyState icon={KeyRound} title="No keys" className="py-6" />}
        <ul>
          {keys?.map((key) => (
            <li key={key.id} className="flex items-center gap-4 border-t border-line py-3 first:border-0">
              <KeyRound aria-hidden className="size-5 shrink-0 text-faint" />
              <div className="min-w-0 grow">
                <p className="truncate font-medium">{key.name}</p>
                <p className="truncate text-sm text-muted">
                  {key.scopes.join(' and ')} · made {formatDay(key.createdAt)} ·{' '}
                  {key.lastUsedAt === null ? 'never used' : `used ${formatAgo(key.lastUsedAt)}`}
                </p>
              </div>
              <Button
                variant="danger"
                size="sm"
                aria-label={`Revoke ${key.name}`}
                onClick={() => revoke.mutate(key.id)}
              >
                Revoke
              </Button>
            </li>
          ))}
        </ul>
      </Card>
    </>
  )
}
