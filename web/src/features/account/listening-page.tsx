import { Card, Setting } from '@/components/card'
import { PageTitle } from '@/components/page'
import { Segmented } from '@/components/segmented'
import { setLayout, useLayout } from '@/lib/layout'
import { player, usePlayer } from '@/player/instance'

const QUALITIES = [
  { value: 'original', label: 'Original' },
  { value: 'high', label: 'High' },
  { value: 'saver', label: 'Data saver' },
] as const
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
        <Setting title="Quality" note="Originals are sent as they are where this browser plays them.">
          <Segmented
            label="Quality"
            value={quality}
            options={QUALITIES}
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
