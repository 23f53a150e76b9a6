import { useStore } from 'zustand'
import { openDatabase } from '@/features/uploads/engine/records'
import { uploads } from '@/features/uploads/instance'
import { session } from '@/lib/api/client'
import { describeError } from '@/lib/api/error'
import { toast } from '@/lib/toast'
import { WaitingCovers, type WaitingCover } from './waiting-covers'
import { putCover } from './wire'

export const waitingCovers = new WaitingCovers({
  put: putCover,
  records: openDatabase<WaitingCover>(
    (globalThis as { indexedDB?: IDBFactory }).indexedDB,
    'tutti.upload-covers',
    ({ id }) => id,
  ),
  itemOf: (id) => uploads.store.getState().queue.items.get(id),
  complain: (name, error) => toast(`The cover of ${name} was not taken. ${describeError(error)}`, 'problem'),
})

/** The picture that waits for a file, if there is one. */
export function useWaitingCover(id: string | undefined): Blob | null {
  return useStore(waitingCovers.store, (covers) => covers.get(id ?? '')?.picture ?? null)
}

uploads.store.subscribe(({ queue }, before) => {
  // Who signs out takes nothing off the list, though it is empty then.
  if (queue !== before.queue && session.signedIn) waitingCovers.advance()
})
session.subscribe(() => !session.signedIn && waitingCovers.stop())
window.addEventListener('online', () => waitingCovers.advance())
