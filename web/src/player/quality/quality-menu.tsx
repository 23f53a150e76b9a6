import { AudioLines } from 'lucide-react'
import { IconButton } from '@/components/icon-button'
import { Menu, MenuChoice } from '@/components/menu'
import { cn } from '@/lib/cn'
import { describeRendition } from '@/player/engine/rendition'
import { player, usePlayer } from '@/player/instance'
import { QUALITY_OPTIONS } from './options'

/** What is heard, in words; it opens the choice of quality. */
export function RenditionButton({ className }: { className?: string }) {
  const heard = useHeard()
  return (
    <Menu
      side="top"
      align="center"
      trigger={
        <button
          type="button"
          aria-label={heard === null ? 'Sound quality' : `Sound quality: ${heard}`}
          className={cn(
            'h-9 max-w-full min-w-44 truncate rounded-full px-3 text-xs font-semibold text-muted tabular transition-colors hover:bg-hover/70 hover:text-text',
            className,
          )}
        >
          {/* Another element for other words: none of them moves. */}
          <span key={heard}>{heard ?? 'Sound quality'}</span>
        </button>
      }
    >
      <Choice />
    </Menu>
  )
}

/** The same where there is no room for words. */
export function QualityButton() {
  const heard = useHeard()
  return (
    <Menu
      side="top"
      trigger={
        <IconButton
          icon={AudioLines}
          label={heard === null ? 'Sound quality' : `Sound quality: ${heard}`}
          size="sm"
        />
      }
    >
      <Choice />
    </Menu>
  )
}

function Choice() {
  const quality = usePlayer((state) => state.quality)
  return (
    <MenuChoice
      label="Sound quality"
      value={quality}
      options={QUALITY_OPTIONS}
      onChange={(next) => player.setQuality(next)}
    />
  )
}

function useHeard(): string | null {
  const rendition = usePlayer((state) => state.rendition)
  return rendition === null ? null : describeRendition(rendition)
}
