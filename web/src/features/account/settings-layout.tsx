import { useQuery } from '@tanstack/react-query'
import { Link, Outlet } from '@tanstack/react-router'
import { Page } from '@/components/page'
import { meQuery } from '@/lib/me'

const TAB =
  'shrink-0 rounded-full px-4 py-2 text-sm font-semibold text-muted transition-colors hover:bg-raised hover:text-text data-[status=active]:bg-raised data-[status=active]:text-text'

export function SettingsLayout() {
  const { data: me } = useQuery(meQuery)
  return (
    <Page title="Settings" narrow>
      <nav aria-label="Settings" className="-mx-2 mb-6 scrollbar-none flex gap-1 overflow-x-auto px-2">
        <Link to="/settings" activeOptions={{ exact: true }} className={TAB}>
          Listening
        </Link>
        <Link to="/settings/account" className={TAB}>
          Account
        </Link>
        <Link to="/settings/keys" className={TAB}>
          API keys
        </Link>
        {(me?.role === 'admin' || me?.role === 'uploader') && (
          <Link to="/uploads" className={`${TAB} md:hidden`}>
            Upload
          </Link>
        )}
        {me?.role === 'admin' && (
          <Link to="/settings/libraries" className={TAB}>
            Libraries
          </Link>
        )}
      </nav>
      <Outlet />
    </Page>
  )
}
