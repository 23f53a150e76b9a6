import { Link } from '@tanstack/react-router'
import { Disc3, Flame, MicVocal, Music, Sparkles, Tags, type LucideIcon } from 'lucide-react'

interface Door {
  label: string
  icon: LucideIcon
  ink: string
  to: '/albums' | '/artists' | '/tracks' | '/genres'
  search?: { sort: 'added' | 'played' }
}

const DOORS: readonly Door[] = [
  { label: 'Albums', icon: Disc3, ink: '#c2553a', to: '/albums' },
  { label: 'Artists', icon: MicVocal, ink: '#7a55c0', to: '/artists' },
  { label: 'Tracks', icon: Music, ink: '#2f8f93', to: '/tracks' },
  { label: 'Genres', icon: Tags, ink: '#b8862b', to: '/genres' },
  { label: 'New here', icon: Sparkles, ink: '#4168b8', to: '/albums', search: { sort: 'added' } },
  { label: 'Most played', icon: Flame, ink: '#b14a8b', to: '/tracks', search: { sort: 'played' } },
]

/** Before a word is typed: ways to look around. */
export function BrowseAll() {
  return (
    <section aria-labelledby="browse">
      <h2 id="browse" className="mb-4 font-display text-xl font-semibold md:text-2xl">
        Look around
      </h2>
      <ul className="grid grid-cols-2 gap-3 md:grid-cols-3 md:gap-4">
        {DOORS.map(({ label, icon: Icon, ink, to, search }) => (
          <li key={label}>
            <Link
              to={to}
              {...(search === undefined ? {} : { search })}
              className="relative flex h-28 items-end overflow-hidden rounded-2xl p-4 font-display text-lg font-bold text-white shadow-md transition-transform duration-200 hover:scale-[1.02] md:h-32 md:text-xl"
              style={{
                background: `linear-gradient(120deg, ${ink}, color-mix(in oklab, ${ink} 55%, #140d1c))`,
              }}
            >
              <Icon
                aria-hidden
                strokeWidth={1.25}
                className="absolute -top-3 -right-4 size-28 text-white/20"
              />
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}
