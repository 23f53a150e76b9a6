import { useStore } from 'zustand'
import { session } from '@/lib/api/client'
import { describeError } from '@/lib/api/error'
import { randomId } from '@/lib/random-id'
import { toast } from '@/lib/toast'
import { discardUpload, keepUpload } from './api'
import type { EngineState } from './engine/contract'
import { UploadEngine } from './engine/engine'
import { isMoving } from './engine/item'
import { openRecords } from './engine/records'
import { openTab } from './engine/tab'
import { wire } from './engine/wire'

/** The one engine of this page. It sends whatever page is shown. */
export const uploads = new UploadEngine({
  wire: { ...wire, discard: discardUpload, keep: keepUpload },
  records: openRecords((globalThis as { indexedDB?: IDBFactory }).indexedDB),
  tab: openTab((navigator as Partial<Navigator>).locks),
  newId: randomId,
  complain: (error) => toast(describeError(error), 'problem'),
})

export function useUploads<Part>(select: (state: EngineState) => Part): Part {
  return useStore(uploads.store, select)
}

window.addEventListener('online', () => uploads.reconnected())
session.subscribe(() => !session.signedIn && uploads.stop())
window.addEventListener('beforeunload', (event) => {
  // The browser words the warning itself.
  if ([...uploads.store.getState().queue.items.values()].some(isMoving)) event.preventDefault()
})
