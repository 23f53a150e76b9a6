import { Card, Setting } from '@/components/card'
import { PageTitle } from '@/components/page'
import { Segmented } from '@/components/segmented'
import { setLayout, useLayout } from '@/lib/layout'
import { player, usePlayer } from '@/player/instance'
import { QUALITY_NOTES, QUALITY_OPTIONS } from '@/player/quality/options'

const LOUDNESS = [
  { value: 'off', label: 'Off' },
  { value: 'track', label: 'Track' },
  { value: 'album', label: 'Album' },
] as const
const THEMES = [
  { value: 'system', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const

/** How things sound and look on this device. */
export function ListeningPage() {
  const quality = usePlayer((state) => state.quality)
  const loudness = usePlayer((state) => state.loudness)
  const theme = useLayout((layout) => layout.theme)
  return (
    <>
      <PageTitle>Settings</PageTitle>
      <Card title="Sound" note="For this device.">
        <Setting title="Quality" note={QUALITY_NOTES[quality]}>
          <Segmented
            label="Quality"
            value={quality}
            options={QUALITY_OPTIONS}
            onChange={(next) => player.setQuality(next)}
          />
        </Setting>
        <Setting
          title="Even out loudness"
          note="By the ReplayGain values in your files; by album keeps its dynamics."
        >
          <Segmented
            label="Even out loudness"
            value={loudness}
            options={LOUDNESS}
            onChange={(next) => player.setLoudness(next)}
          />
        </Setting>
      </Card>
      <Card title="Looks">
        <Setting title="Theme">
          <Segmented
            label="Theme"
            value={theme}
            options={THEMES}
            onChange={(next) => setLayout({ theme: next })}
          />
        </Setting>
      </Card>
    </>
  )
}
