import { uploads } from '@/features/uploads/instance'
import type { Taggable } from '@/features/uploads/tags/use-known-tags'
import { ApiError } from '@/lib/api/error'
import { waitingCovers } from './instance'
import { clearCover, putCover } from './wire'

/**
 * Gives files a cover, or with null takes back what was given; those that are no tracks yet have it when they are.
 *
 * Throws what the server says of the first that it refuses.
 */
export async function saveCovers(files: readonly Taggable[], picture: Blob | null): Promise<void> {
  const later: Taggable[] = []
  for (const file of files) {
    if (file.trackId === null || !(await save(file.trackId, picture))) later.push(file)
    else waitingCovers.drop([file.id]) // it would take the place of this one
  }
  if (picture === null) {
    waitingCovers.drop(later.map(({ id }) => id))
    return
  }
  const queued = later.filter(({ id }) => isQueued(id))
  await waitingCovers.keep(queued, picture)
  if (queued.length < later.length) throw new NoTrackYet()
}

/** Returns whether there is such a track by now. */
async function save(trackId: string, picture: Blob | null): Promise<boolean> {
  try {
    await (picture === null ? clearCover(trackId) : putCover(trackId, picture))
    return true
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false
    throw error
  }
}

function isQueued(id: string): boolean {
  return uploads.store.getState().queue.items.has(id)
}

class NoTrackYet extends ApiError {
  constructor() {
    super(404, 'TRACK_NOT_FOUND', 'The server has made no track of this file yet. Try again in a moment.')
  }
}
