import { Progress as Radix } from 'radix-ui'

/** How much is done, 0 to 1; null for "some". */
export function ProgressBar({ label, share }: { label: string; share: number | null }) {
  return (
    <Radix.Root
      aria-label={label}
      value={share === null ? null : Math.round(share * 100)}
      className="h-2 overflow-hidden rounded-full bg-hover"
    >
      <Radix.Indicator
        className="h-full origin-left rounded-full bg-linear-to-r from-[#ffb35c] via-accent to-[#f2508b] transition-transform duration-500 data-[state=indeterminate]:animate-pulse"
        style={{ transform: `scaleX(${share ?? 0.15})` }}
      />
    </Radix.Root>
  )
}
