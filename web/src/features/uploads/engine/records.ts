import type { Item } from './item'

/** What outlives the page of one file: where it stands, and how to read it again where the browser lets us. */
export interface Kept {
  item: Item
  handle: FileSystemFileHandle | null
  userId: string
  /** The tab that sends it, or did. */
  owner: string
}

export interface Records {
  load: (userId: string) => Promise<Kept[]>
  save: (kept: readonly Kept[]) => Promise<void>
  remove: (ids: readonly string[]) => Promise<void>
}

const DATABASE = 'tutti.uploads'
const STORE = 'files'
const VERSION = 1

/** In IndexedDB, which alone can keep file handles. Where it is switched off, a reload forgets: no more than that. */
export function openRecords(indexedDb: IDBFactory | undefined): Records {
  const opening = indexedDb === undefined ? null : open(indexedDb).catch(() => null)
  const within = async <Result>(
    mode: IDBTransactionMode,
    without: Result,
    work: (store: IDBObjectStore) => IDBRequest<Result> | undefined,
  ): Promise<Result> => {
    const database = await opening
    if (database === null) return without
    return finished(database.transaction(STORE, mode), work, without).catch(() => without)
  }
  return {
    load: async (userId) => {
      const all = await within<Kept[]>('readonly', [], (store) => store.getAll())
      return all.filter((kept) => kept.userId === userId)
    },
    save: (kept) =>
      within('readwrite', undefined, (store) => {
        for (const one of kept) store.put(one, one.item.id)
        return undefined
      }),
    remove: (gone) =>
      within('readwrite', undefined, (store) => {
        for (const id of gone) store.delete(id)
        return undefined
      }),
  }
}

function open(indexedDb: IDBFactory): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDb.open(DATABASE, VERSION)
    opening.onupgradeneeded = () => void opening.result.createObjectStore(STORE)
    opening.onsuccess = () => resolve(opening.result)
    opening.onerror = () => reject(opening.error ?? new Error('IndexedDB is not to be had.'))
  })
}

function finished<Result>(
  transaction: IDBTransaction,
  work: (store: IDBObjectStore) => IDBRequest<Result> | undefined,
  without: Result,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const request = work(transaction.objectStore(STORE))
    transaction.oncomplete = () => resolve(request?.result ?? without)
    transaction.onabort = () => reject(transaction.error ?? new Error('IndexedDB has given up.'))
  })
}
