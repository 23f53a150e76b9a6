import { cn } from '@/lib/cn'
import { inkFor } from '@/lib/palette'

interface AvatarProps {
  avatarId: string | null
  /** Whose it is: gives the letter and the colour when there is no picture. */
  name: string
  /** Its width in CSS pixels. */
  px: number
  className?: string
}

/** A round picture of somebody. Decorative: the words beside it name them. */
export function Avatar({ avatarId, name, px, className }: AvatarProps) {
  const shape = cn('shrink-0 rounded-full object-cover', className)
  if (avatarId !== null) {
    const size = Math.min(512, Math.ceil(px * window.devicePixelRatio))
    return (
      <img
        alt=""
        width={px}
        height={px}
        className={shape}
        src={`/api/v1/avatars/${encodeURIComponent(avatarId)}?size=${size}`}
      />
    )
  }
  return (
    <span
      aria-hidden
      className={cn('grid place-items-center font-display font-bold text-white', shape)}
      style={{ width: px, height: px, fontSize: px * 0.42, background: inkFor(name) }}
    >
      {String.fromCodePoint(name.codePointAt(0) ?? 0x3f).toLocaleUpperCase()}
    </span>
  )
}
