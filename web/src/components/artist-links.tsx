import { Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import type { ArtistRef } from '@/lib/api/types'

interface ArtistLinksProps {
  artists: readonly ArtistRef[]
  /** The credit as printed, for things without artists of their own. */
  fallback: string
  className?: string
  onFollow?: () => void
}

/** The credited artists, each a link. */
export function ArtistLinks({ artists, fallback, className, onFollow }: ArtistLinksProps) {
  if (artists.length === 0) return <span className={className}>{fallback}</span>
  return (
    <span className={className}>
      {artists.map((artist, at) => (
        <Fragment key={`${artist.id}${at}`}>
          {at > 0 && ', '}
          <Link
            to="/artists/$artistId"
            params={{ artistId: artist.id }}
            {...(onFollow === undefined ? {} : { onClick: onFollow })}
            className="relative rounded-sm hover:text-text hover:underline"
          >
            {artist.name}
          </Link>
        </Fragment>
      ))}
    </span>
  )
}
