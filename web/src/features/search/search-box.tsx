import { Search, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { IconButton } from '@/components/icon-button'

interface SearchBoxProps {
  value: string
  onChange: (value: string) => void
}

export function SearchBox({ value, onChange }: SearchBoxProps) {
  const input = useRef<HTMLInputElement>(null)
  // Whoever opens the search page wants to type.
  useEffect(() => {
    input.current?.focus()
  }, [])
  return (
    <search className="relative mb-8 block max-w-2xl">
      <Search
        aria-hidden
        className="pointer-events-none absolute top-1/2 left-4 size-5 -translate-y-1/2 text-faint"
      />
      <input
        ref={input}
        type="search"
        aria-label="Search tracks, albums and artists"
        placeholder="Tracks, albums, artists"
        autoComplete="off"
        spellCheck={false}
        enterKeyHint="search"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="h-13 w-full rounded-full border border-line bg-panel pr-12 pl-12 text-lg transition-colors placeholder:text-faint hover:border-faint/60 focus:border-accent focus:outline-2 focus:outline-accent/40 [&::-webkit-search-cancel-button]:hidden"
      />
      {value !== '' && (
        <IconButton
          icon={X}
          label="Clear the search"
          size="sm"
          onClick={() => {
            onChange('')
            input.current?.focus()
          }}
          className="absolute top-1/2 right-2.5 -translate-y-1/2"
        />
      )}
    </search>
  )
}
