import { api, take } from '@/lib/api/client'
import type { Library, Scan } from '@/lib/api/types'

/** Makes a library of a folder, for everybody and watched, and begins to read it. */
export async function addLibrary(path: string, name = ''): Promise<Library> {
  const body = { name: name.trim() === '' ? lastPart(path) : name.trim(), path, everyone: true, watch: true }
  const library = await take(api.POST('/api/v1/libraries', { body }))
  await startScan(library.id)
  return library
}

/** Has the server compose its demo library, or go on with it; its scan says how far that is. */
export function addDemoLibrary(): Promise<Library> {
  return take(api.POST('/api/v1/libraries/demo'))
}

export function startScan(libraryId: string): Promise<Scan> {
  const params = { path: { library_id: libraryId } }
  return take(api.POST('/api/v1/libraries/{library_id}/scan', { params, body: { full: false } }))
}

const lastPart = (path: string) => path.split(/[/\\]/).filter(Boolean).at(-1) ?? 'Music'
