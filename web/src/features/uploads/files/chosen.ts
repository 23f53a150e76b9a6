import type { FileFacts } from '@/features/uploads/engine/item'

/** A file that somebody chose or dropped. */
export interface ChosenFile {
  file: File
  facts: FileFacts
  /** Where the browser gives one, the file can be read again after a reload. */
  handle: FileSystemFileHandle | null
}

export function chosenFile(file: File, folder: string, handle: FileSystemFileHandle | null): ChosenFile {
  const { name, size: sizeBytes, lastModified: modifiedMs, type } = file
  return { file, facts: { name, folder, sizeBytes, modifiedMs, type }, handle }
}

/** What TypeScript's own library leaves out, since not every browser has it. */
declare global {
  interface FileSystemHandle {
    queryPermission?: (wish: { mode: 'read' }) => Promise<PermissionState>
    requestPermission?: (wish: { mode: 'read' }) => Promise<PermissionState>
  }
  interface FileSystemDirectoryHandle {
    values: () => AsyncIterableIterator<FileSystemHandle>
  }
  interface DataTransferItem {
    getAsFileSystemHandle?: () => Promise<FileSystemHandle | null>
  }
}
