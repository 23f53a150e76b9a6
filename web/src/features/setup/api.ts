import { api, take } from '@/lib/api/client'
import type { Library } from '@/lib/api/types'

export interface NewAdmin {
  token: string
  name: string
  password: string
}

/** Makes the first account, and signs it in. */
export function createAdmin(admin: NewAdmin) {
  return take(api.POST('/api/v1/setup', { body: admin }))
}

/** Adds a library; the server scans it from its first moment. */
export async function addLibrary(path: string): Promise<Library> {
  const name = path.split('/').filter(Boolean).at(-1) ?? 'Music'
  const library = await take(api.POST('/api/v1/libraries', { body: { name, path } }))
  await startScan(library.id)
  return library
}

export async function addDemoLibrary(): Promise<Library> {
  const library = await take(api.POST('/api/v1/libraries/demo'))
  await startScan(library.id)
  return library
}

async function startScan(libraryId: string): Promise<void> {
  await take(api.POST('/api/v1/libraries/{library_id}/scan', { params: { path: { library_id: libraryId } } }))
}
