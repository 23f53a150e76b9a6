import { useQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import type { Page } from '@/lib/api/types'
import { useLive } from '@/lib/live/live'
import { spaced } from '@/lib/spaced'
import { fetchNewest, recentQuery, trackQuery, wordOf, type Upload } from './api'
import type { ServerWord } from './engine/step'
import { uploads, useUploads } from './instance'

const ASKED_EVERY_MS = 5_000
const REFRESHED_EVERY_MS = 2_000
const ENDED = new Set(['ready', 'failed', 'discarded'])

/** Hears what the server does with uploads, live; asking now and then makes up for a socket that is away. */
export function useServerWords(userId: string | null): void {
  const queries = useQueryClient()
  const refresh = useMemo(
    () => spaced(REFRESHED_EVERY_MS, () => void queries.invalidateQueries({ queryKey: ['uploads'] })),
    [queries],
  )
  useLive(userId === null ? null : `user:${userId}`, ({ kind, payload }) => {
    if (kind !== 'upload') return
    const word = payload as ServerWord & { trackId: string }
    uploads.hear(word)
    queries.setQueryData(recentQuery.queryKey, (data) => told(data, word))
    if (!ENDED.has(word.state)) return
    refresh()
    void queries.invalidateQueries({ queryKey: trackQuery(word.trackId).queryKey })
  })
  const working = useUploads(({ queue }) =>
    [...queue.items.values()].some(({ phase }) => phase === 'processing'),
  )
  const { data: newest } = useQuery({
    queryKey: ['uploads', 'newest'],
    queryFn: fetchNewest,
    enabled: working,
    refetchInterval: working ? ASKED_EVERY_MS : false,
    staleTime: 0,
  })
  useEffect(() => {
    for (const upload of newest ?? []) uploads.hear(wordOf(upload))
  }, [newest])
}

type Recent = InfiniteData<Page<Upload>>

/** The list as it is after a word; what it does not hold yet comes when it is asked for again. */
function told(recent: Recent | undefined, word: ServerWord): Recent | undefined {
  if (recent === undefined) return undefined
  const { uploadId, state, progress } = word
  const after = (upload: Upload): Upload => (upload.id === uploadId ? { ...upload, state, progress } : upload)
  return { ...recent, pages: recent.pages.map((page) => ({ ...page, items: page.items.map(after) })) }
}
