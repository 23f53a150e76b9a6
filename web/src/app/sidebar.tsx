import { Link } from '@tanstack/react-router'
import { CloudUpload, Keyboard, Settings } from 'lucide-react'
import { Logo, Wordmark } from '@/components/logo'
import { useMayUpload } from '@/features/uploads/may-upload'
import { setLayout } from '@/lib/layout'
import { PLACES } from './places'

const LINK =
  'group relative flex h-11 items-center gap-3.5 rounded-xl px-3 font-semibold text-muted transition-colors hover:bg-raised hover:text-text max-[72rem]:justify-center data-[status=active]:bg-raised data-[status=active]:text-text'
const WORD = 'max-[72rem]:sr-only'

/** Navigation where there is room for it: icons from tablets on, with words from laptops on. */
export function Sidebar() {
  const mayUpload = useMayUpload() === true
  return (
    <header className="fixed inset-y-0 left-0 z-20 hidden w-(--sidebar) flex-col border-r border-line bg-panel/60 px-2.5 py-5 md:flex">
      <Link
        to="/"
        aria-label="Tutti, home"
        className="mb-7 flex items-center gap-2.5 rounded-xl px-2 max-[72rem]:justify-center"
      >
        <Logo className="size-9" />
        <Wordmark className="max-[72rem]:hidden" />
      </Link>
      <nav aria-label="Main" className="flex flex-col gap-1">
        {PLACES.map(({ to, label, icon: Icon }) => (
          <Link key={to} to={to} activeOptions={{ exact: to === '/', includeSearch: false }} className={LINK}>
            <Icon aria-hidden className="size-5 group-data-[status=active]:text-accent-text" />
            <span className={WORD}>{label}</span>
          </Link>
        ))}
      </nav>
      <div className="flex grow flex-col justify-end gap-1">
        {mayUpload && (
          <Link to="/uploads" className={LINK}>
            <CloudUpload aria-hidden className="size-5 group-data-[status=active]:text-accent-text" />
            <span className={WORD}>Upload</span>
          </Link>
        )}
        <button type="button" onClick={() => setLayout({ shortcutsOpen: true })} className={LINK}>
          <Keyboard aria-hidden className="size-5" />
          <span className={WORD}>Shortcuts</span>
        </button>
        <Link to="/settings" className={LINK}>
          <Settings aria-hidden className="size-5 group-data-[status=active]:text-accent-text" />
          <span className={WORD}>Settings</span>
        </Link>
      </div>
    </header>
  )
}
