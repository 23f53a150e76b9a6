import type { ChosenFile } from './chosen'
import { gatherHandle, inOrder } from './gather'

interface Pickers {
  showOpenFilePicker: (options: { multiple: boolean }) => Promise<FileSystemFileHandle[]>
  showDirectoryPicker: () => Promise<FileSystemDirectoryHandle>
}

/** The pickers that give handles, which outlive a reload; null where the browser has none. */
function pickers(): Pickers | null {
  const found = window as unknown as Partial<Pickers>
  if (found.showOpenFilePicker === undefined || found.showDirectoryPicker === undefined) return null
  return found as Pickers
}

export const canPick = (): boolean => pickers() !== null

/** Lets somebody choose files or a folder; nothing when they think better of it. */
export async function pick(what: 'files' | 'folder'): Promise<ChosenFile[]> {
  const by = pickers()
  if (by === null) return []
  try {
    const handles =
      what === 'files' ? await by.showOpenFilePicker({ multiple: true }) : [await by.showDirectoryPicker()]
    return inOrder((await Promise.all(handles.map((handle) => gatherHandle(handle)))).flat())
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return []
    throw error
  }
}
