import { X } from 'lucide-react'

/** A filter that is on; pressing it takes it off. */
export function FilterChip({ label, onRemove }: { label: string; onRemove: () => void }) {
  return (
    <button
      type="button"
      aria-label={`Remove the filter ${label}`}
      onClick={onRemove}
      className="flex h-9 items-center gap-1.5 rounded-full bg-accent pr-2.5 pl-3.5 text-sm font-semibold text-on-accent hover:bg-accent-strong"
    >
      {label}
      <X aria-hidden className="size-4" />
    </button>
  )
}
