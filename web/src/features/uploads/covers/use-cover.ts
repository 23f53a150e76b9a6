import { useQueries } from '@tanstack/react-query'
import { useState } from 'react'
import { trackQuery } from '@/features/uploads/api'
import { MAX_ASKED, type Taggable } from '@/features/uploads/tags/use-known-tags'
import { describeError } from '@/lib/api/error'
import type { Cover } from '@/lib/api/types'
import type { CoverChange } from './cover-field'
import { useWaitingCover } from './instance'
import { saveCovers } from './save-covers'

/** The cover of files while it is edited; `save` answers whether all is as its owner wants it. */
export function useCover(files: readonly Taggable[]) {
  const [change, setChange] = useState<CoverChange>(undefined)
  const [saving, setSaving] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const waiting = useWaitingCover(files.length === 1 ? files[0]?.id : undefined)
  const cover = useSharedCover(files)
  const save = async () => {
    if (change === undefined) return true
    setSaving(true)
    setProblem(null)
    try {
      await saveCovers(files, change)
      return true
    } catch (error) {
      setProblem(describeError(error))
      return false
    } finally {
      setSaving(false)
    }
  }
  const onChange = (next: CoverChange) => {
    setProblem(null)
    setChange(next)
  }
  return { field: { cover, waiting, change, onChange }, save, saving, problem }
}

/** The cover that the tracks have in common, as far as they are known. */
function useSharedCover(files: readonly Taggable[]): Cover | null {
  const asked = files.length <= MAX_ASKED ? files : []
  const tracks = useQueries({
    queries: asked.map(({ trackId }) => ({ ...trackQuery(trackId ?? ''), enabled: false })),
  })
  const covers = tracks.map(({ data }) => data?.cover ?? null)
  const [first = null] = covers
  return covers.every((cover) => cover?.id === first?.id) ? first : null
}
