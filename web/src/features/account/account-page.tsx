import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { LogOut } from 'lucide-react'
import { Button } from '@/components/button'
import { PageTitle } from '@/components/page'
import { Loading, Skeleton } from '@/components/skeleton'
import { ErrorState } from '@/components/states'
import { meQuery } from '@/lib/me'
import { signOut } from './api'
import { PasswordCard } from './password-card'
import { ProfileCard } from './profile-card'
import { SessionsCard } from './sessions-card'

export function AccountPage() {
  const { data: me, error, refetch } = useQuery(meQuery)
  const navigate = useNavigate()
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (me === undefined) {
    return (
      <Loading>
        <PageTitle>Account</PageTitle>
        <Skeleton className="mb-5 h-64 rounded-2xl" />
      </Loading>
    )
  }
  return (
    <>
      <PageTitle>Account</PageTitle>
      <ProfileCard me={me} />
      <PasswordCard />
      <SessionsCard
        action={
          <Button
            variant="outline"
            size="sm"
            onClick={() => void signOut().then(() => navigate({ to: '/login' }))}
          >
            <LogOut aria-hidden className="size-4" />
            Sign out
          </Button>
        }
      />
    </>
  )
}
