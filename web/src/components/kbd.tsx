import type { ReactNode } from 'react'

export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="inline-grid min-w-5 place-items-center rounded-md border border-line bg-ground px-1.5 py-0.5 font-sans text-[0.7rem] font-medium whitespace-nowrap text-muted">
      {children}
    </kbd>
  )
}
