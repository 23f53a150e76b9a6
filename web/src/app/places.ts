import { Disc3, House, MicVocal, Music, Search, Tags, type LucideIcon } from 'lucide-react'

interface Place {
  to: '/' | '/search' | '/albums' | '/artists' | '/tracks' | '/genres'
  label: string
  icon: LucideIcon
  /** Whether the tab bar of phones has room for it. */
  onPhones: boolean
}

/** Where one can go from everywhere. */
export const PLACES: readonly Place[] = [
  { to: '/', label: 'Home', icon: House, onPhones: true },
  { to: '/search', label: 'Search', icon: Search, onPhones: true },
  { to: '/albums', label: 'Albums', icon: Disc3, onPhones: true },
  { to: '/artists', label: 'Artists', icon: MicVocal, onPhones: true },
  { to: '/tracks', label: 'Tracks', icon: Music, onPhones: false },
  { to: '/genres', label: 'Genres', icon: Tags, onPhones: false },
]
