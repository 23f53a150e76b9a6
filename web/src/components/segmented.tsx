import { ToggleGroup } from 'radix-ui'

interface SegmentedProps<Value extends string> {
  label: string
  value: Value
  options: readonly { value: Value; label: string }[]
  onChange: (value: Value) => void
}

/** One of a few, all in sight. */
export function Segmented<Value extends string>({ label, value, options, onChange }: SegmentedProps<Value>) {
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      value={value}
      // Radix clears the value when the chosen one is pressed again; one must stay chosen.
      onValueChange={(next) => next !== '' && onChange(next as Value)}
      className="inline-flex rounded-full bg-raised p-1"
    >
      {options.map((option) => (
        <ToggleGroup.Item
          key={option.value}
          value={option.value}
          className="h-9 rounded-full px-2.5 text-sm font-medium whitespace-nowrap text-muted transition-colors hover:text-text data-[state=on]:bg-ground data-[state=on]:text-text data-[state=on]:shadow-sm sm:px-4"
        >
          {option.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  )
}
