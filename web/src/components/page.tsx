import { useEffect, type ReactNode } from 'react'
import { cn } from '@/lib/cn'

interface PageProps {
  title: string
  /** Beside the title: how many there are. */
  note?: ReactNode
  /** At the right: sort orders, filters. */
  tools?: ReactNode
  children: ReactNode
  /** For text and forms, which read badly when long. */
  narrow?: boolean
}

/** A page with a plain heading. Pages with a hero of their own use `PageTitle` and `PageBody`. */
export function Page({ title, note, tools, children, narrow = false }: PageProps) {
  return (
    <PageBody narrow={narrow} className="pt-6 md:pt-9">
      <PageTitle>{title}</PageTitle>
      <header className="mb-6 flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <div className="flex items-baseline gap-3">
          <h1 className="font-display text-3xl font-bold tracking-tight md:text-4xl">{title}</h1>
          {note !== undefined && <p className="text-sm text-faint">{note}</p>}
        </div>
        {tools !== undefined && <div className="flex flex-wrap items-center gap-2">{tools}</div>}
      </header>
      {children}
    </PageBody>
  )
}

interface PageBodyProps {
  children: ReactNode
  narrow?: boolean
  className?: string
}

export function PageBody({ children, narrow = false, className }: PageBodyProps) {
  const width = narrow ? 'max-w-3xl' : 'max-w-[110rem]'
  return <div className={cn('mx-auto w-full px-(--gutter)', width, className)}>{children}</div>
}

/** Names the browser tab. */
export function PageTitle({ children }: { children: string }) {
  useEffect(() => {
    document.title = `${children} · Tutti`
  }, [children])
  return null
}
