import { Link } from '@tanstack/react-router'
import { Settings } from 'lucide-react'
import { PLACES } from './places'

const TAB =
  'flex grow basis-0 flex-col items-center justify-center gap-0.5 text-[0.68rem] font-semibold text-faint data-[status=active]:text-accent-text'

/** Navigation at the thumb, on phones. */
export function TabBar() {
  return (
    <nav
      aria-label="Tabs"
      className="fixed inset-x-0 bottom-0 z-30 flex border-t border-line bg-glass pb-[env(safe-area-inset-bottom)] backdrop-blur-xl md:hidden"
    >
      {PLACES.filter((place) => place.onPhones).map(({ to, label, icon: Icon }) => (
        <Link
          key={to}
          to={to}
          activeOptions={{ exact: to === '/', includeSearch: false }}
          className={`${TAB} h-(--tab-bar)`}
        >
          <Icon aria-hidden className="size-5.5" />
          {label}
        </Link>
      ))}
      <Link to="/settings" className={`${TAB} h-(--tab-bar)`}>
        <Settings aria-hidden className="size-5.5" />
        Settings
      </Link>
    </nav>
  )
}
