import { Dialog } from '@/components/dialog'
import { Kbd } from '@/components/kbd'
import { setLayout, useLayout } from '@/lib/layout'

const GROUPS = [
  {
    title: 'Playing',
    keys: [
      [['Space'], 'Play or pause'],
      [['J'], 'Previous track'],
      [['K'], 'Next track'],
      [['←', '→'], 'Five seconds back or on'],
      [['Shift', '↑ ↓'], 'Volume'],
      [['M'], 'Mute'],
      [['S'], 'Shuffle'],
      [['R'], 'Repeat'],
    ],
  },
  {
    title: 'Around the place',
    keys: [
      [['/'], 'Search'],
      [['Q'], 'Queue'],
      [['L'], 'Lyrics'],
      [['F'], 'Now playing'],
      [['Alt', '↑ ↓'], 'Move an item of the queue'],
      [['?'], 'This sheet'],
    ],
  },
] as const

export function ShortcutSheet() {
  const open = useLayout((layout) => layout.shortcutsOpen)
  return (
    <Dialog
      open={open}
      onOpenChange={(shortcutsOpen) => setLayout({ shortcutsOpen })}
      title="Keyboard shortcuts"
      wide
    >
      <div className="grid gap-x-10 gap-y-6 sm:grid-cols-2">
        {GROUPS.map((group) => (
          <section key={group.title}>
            <h3 className="mb-2 text-sm font-semibold text-muted">{group.title}</h3>
            <dl>
              {group.keys.map(([keys, does]) => (
                <div
                  key={does}
                  className="flex items-center justify-between gap-4 border-t border-line py-2 text-sm"
                >
                  <dt>{does}</dt>
                  <dd className="flex shrink-0 gap-1">
                    {keys.map((key) => (
                      <Kbd key={key}>{key}</Kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}
