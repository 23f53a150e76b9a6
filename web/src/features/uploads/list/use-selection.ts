import { useCallback, useMemo, useState } from 'react'

export interface Selection {
  ids: ReadonlySet<string>
  /** Selects or not; with `range`, everything since the last one that was touched. */
  toggle: (id: string, range: boolean) => void
  all: () => void
  none: () => void
}

/** Which of a list are selected; what leaves the list leaves the selection. */
export function useSelection(order: readonly string[]): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [anchor, setAnchor] = useState<string | null>(null)
  const ids = useMemo(() => new Set(order.filter((id) => chosen.has(id))), [order, chosen])
  const toggle = useCallback(
    (id: string, range: boolean) => {
      const on = !ids.has(id)
      const touched = range && anchor !== null ? between(order, anchor, id) : [id]
      const next = new Set(ids)
      for (const one of touched)
        if (on) next.add(one)
        else next.delete(one)
      setChosen(next)
      setAnchor(id)
    },
    [ids, anchor, order],
  )
  const all = useCallback(() => setChosen(new Set(order)), [order])
  const none = useCallback(() => setChosen(new Set()), [])
  return { ids, toggle, all, none }
}

function between(order: readonly string[], one: string, other: string): readonly string[] {
  const [from, to] = [order.indexOf(one), order.indexOf(other)].sort((a, b) => a - b)
  return from === undefined || to === undefined || from < 0 ? [other] : order.slice(from, to + 1)
}
