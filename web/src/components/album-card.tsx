import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Cover } from '@/components/cover'
import { Skeleton } from '@/components/skeleton'
import type { AlbumSummary } from '@/lib/api/types'

interface AlbumCardProps {
  album: AlbumSummary
  /** Laid over the corner of the cover on hover and focus: the play button. */
  action?: ReactNode
  /** The width of the cover in CSS pixels. */
  px?: number
  /** Under the title; the artist and the year when left out. */
  line?: string
}

export function AlbumCard({ album, action, px = 200, line }: AlbumCardProps) {
  const under = line ?? [album.artistName, album.year].filter((part) => part !== null).join(' · ')
  return (
    <article className="group relative">
      <div className="relative">
        <Cover
          cover={album.cover}
          name={album.title}
          px={px}
          className="rounded-xl shadow-md ring-1 ring-line transition-[transform,box-shadow] duration-300 ease-spring group-hover:shadow-float"
        />
        <div className="absolute right-2.5 bottom-2.5 z-10 hidden translate-y-1.5 opacity-0 transition duration-200 group-focus-within:translate-y-0 group-focus-within:opacity-100 group-hover:translate-y-0 group-hover:opacity-100 md:block">
          {action}
        </div>
      </div>
      <Link
        to="/albums/$albumId"
        params={{ albumId: album.id }}
        className="mt-2.5 block rounded-sm leading-snug font-semibold after:absolute after:inset-0 after:rounded-xl focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-offset-2 focus-visible:after:outline-accent"
      >
        <span className="line-clamp-1" title={album.title}>
          {album.title}
        </span>
      </Link>
      <p className="line-clamp-1 text-sm text-muted">{under}</p>
    </article>
  )
}

export function AlbumCardSkeleton() {
  return (
    <div>
      <Skeleton className="aspect-square rounded-xl" />
      <Skeleton className="mt-3 h-4 w-3/4" />
      <Skeleton className="mt-2 h-3.5 w-1/2" />
    </div>
  )
}
