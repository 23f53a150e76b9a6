import { Volume1, Volume2, VolumeX } from 'lucide-react'
import { IconButton } from '@/components/icon-button'
import { Slider } from '@/components/slider'
import { cn } from '@/lib/cn'
import { player, usePlayer } from '@/player/instance'

export function Volume({ className }: { className?: string }) {
  const volume = usePlayer((state) => state.volume)
  const muted = usePlayer((state) => state.muted)
  const heard = muted ? 0 : volume
  const percent = Math.round(heard * 100)
  return (
    <div className={cn('flex items-center gap-1.5', className)}>
      <IconButton
        icon={heard === 0 ? VolumeX : heard < 0.5 ? Volume1 : Volume2}
        label={muted ? 'Unmute' : 'Mute'}
        shortcut="M"
        size="sm"
        onClick={() => player.toggleMute()}
      />
      <Slider
        label="Volume"
        value={heard}
        max={1}
        step={0.01}
        valueText={`${percent} %`}
        onChange={(value) => player.setVolume(value)}
        className="w-24"
      />
    </div>
  )
}
