import { Disc3, type LucideIcon } from 'lucide-react'
import { useState } from 'react'
import type { Cover as CoverArt } from '@/lib/api/types'
import { blurhashUrl } from '@/lib/blurhash'
import { cn } from '@/lib/cn'
import { coverSizeFor, coverUrl } from '@/lib/cover-url'
import { inkFor } from '@/lib/palette'

interface CoverProps {
  cover: CoverArt | null
  /** What it is the cover of: picks the colour when there is none. */
  name: string
  /** Its width in CSS pixels, to ask for no more than is shown. */
  px: number
  className?: string
  icon?: LucideIcon
  eager?: boolean
}

/** A square of cover art. Decorative: the words beside it name the thing. Never changes its size. */
export function Cover({ cover, name, px, className, icon: Icon = Disc3, eager = false }: CoverProps) {
  const shape = cn('relative isolate aspect-square shrink-0 overflow-hidden bg-raised', className)
  if (cover === null) {
    return (
      <div className={shape} style={{ background: `linear-gradient(140deg, ${inkFor(name)}, #1a1420)` }}>
        <Icon aria-hidden className="absolute inset-[30%] size-[40%] text-white/70" strokeWidth={1.25} />
      </div>
    )
  }
  return (
    <div className={shape} style={placeholder(cover)}>
      <CoverImage key={cover.id} cover={cover} px={px} eager={eager} />
    </div>
  )
}

function CoverImage({ cover, px, eager }: { cover: CoverArt; px: number; eager: boolean }) {
  const [state, setState] = useState<'loading' | 'shown' | 'broken'>('loading')
  if (state === 'broken') return null
  return (
    <img
      src={coverUrl(cover, coverSizeFor(px))}
      alt=""
      loading={eager ? 'eager' : 'lazy'}
      decoding="async"
      draggable={false}
      ref={(image) => {
        // From the cache: shown at once, without a fade.
        if (image?.complete === true && image.naturalWidth > 0) setState('shown')
      }}
      onLoad={() => setState('shown')}
      onError={() => setState('broken')}
      className={cn(
        'size-full object-cover transition-opacity duration-300',
        state === 'loading' && 'opacity-0',
      )}
    />
  )
}

function placeholder(cover: CoverArt): React.CSSProperties {
  const blurred = cover.blurhash === null ? null : blurhashUrl(cover.blurhash)
  const backgroundColor = cover.palette[0]
  return {
    ...(backgroundColor === undefined ? {} : { backgroundColor }),
    ...(blurred === null ? {} : { backgroundImage: `url(${blurred})`, backgroundSize: 'cover' }),
  }
}
