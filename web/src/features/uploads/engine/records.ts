import type { Item } from './item'

/** What outlives the page of one file: where it stands, and how to read it again where the browser lets us. */
export interface Kept {
  item: Item
  handle: FileSystemFileHandle | null
  userId: string
  /** The tab that sends it, or did. */
  owner: string
}

export interface Records<One = Kept> {
  load: (userId: string) => Promise<One[]>
  save: (kept: readonly One[]) => Promise<void>
  remove: (ids: readonly string[]) => Promise<void>
}

const DATABASE = 'tutti.uploads'
const STORE = 'files'
const VERSION = 1

export function openRecords(indexedDb: IDBFactory | undefined): Records {
  return openDatabase<Kept>(indexedDb, DATABASE, ({ item }) => item.id)
}

/** In IndexedDB, which alone can keep files and their handles. Where it is switched off, a reload forgets: no more than that. */
export function openDatabase<One extends { userId: string }>(
  indexedDb: IDBFactory | undefined,
  name: string,
  idOf: (one: One) => string,
): Records<One> {
  const opening = indexedDb === undefined ? null : open(indexedDb, name).catch(() => null)
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
      const all = await within<One[]>('readonly', [], (store) => store.getAll())
      return all.filter((kept) => kept.userId === userId)
    },
    save: (kept) =>
      within('readwrite', undefined, (store) => {
        for (const one of kept) store.put(one, idOf(one))
        return undefined
      }),
    remove: (gone) =>
      within('readwrite', undefined, (store) => {
        for (const id of gone) store.delete(id)
        return undefined
      }),
  }
}

function open(indexedDb: IDBFactory, name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDb.open(name, VERSION)
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
