import { chosenFile, type ChosenFile } from './chosen'

/** Folders in folders in folders: deeper than any collection, shallower than a loop of links. */
const MAX_DEPTH = 32

/** Whether what is dragged over the page has files in it. */
export function holdsFiles(dragged: DataTransfer | null): boolean {
  return dragged?.types.includes('Files') ?? false
}

/** Every file in what was dropped, folders opened. To be called in the drop itself, which ends with this turn. */
export function gatherDropped(dropped: DataTransfer): Promise<ChosenFile[]> {
  const readings = Array.from(dropped.items)
    .filter(({ kind }) => kind === 'file')
    .map(readItem)
  return Promise.all(readings).then((found) => inOrder(found.flat()))
}

/** What a plain file input holds; folders come with a path for each file. */
export function gatherChosen(files: FileList): ChosenFile[] {
  return inOrder(Array.from(files, (file) => chosenFile(file, folderOf(file), null)))
}

const byName = new Intl.Collator(undefined, { numeric: true })

/** As people would list them: folder by folder, and "2" before "10". */
export function inOrder(files: readonly ChosenFile[]): ChosenFile[] {
  return files.toSorted(
    ({ facts: a }, { facts: b }) => byName.compare(a.folder, b.folder) || byName.compare(a.name, b.name),
  )
}

/** Every file beneath a folder that the browser lets us read. */
export async function gatherHandle(handle: FileSystemHandle, folder = '', depth = 0): Promise<ChosenFile[]> {
  if (isFile(handle)) return [chosenFile(await handle.getFile(), folder, handle)]
  if (!isFolder(handle) || depth >= MAX_DEPTH) return []
  const inside = joined(folder, handle.name)
  const readings: Promise<ChosenFile[]>[] = []
  for await (const child of handle.values()) readings.push(gatherHandle(child, inside, depth + 1))
  return (await Promise.all(readings)).flat()
}

const isFile = (handle: FileSystemHandle): handle is FileSystemFileHandle => handle.kind === 'file'
const isFolder = (handle: FileSystemHandle): handle is FileSystemDirectoryHandle =>
  handle.kind === 'directory'

/** Both ways at once, since the item is empty as soon as the drop is over; a handle is worth more than an entry. */
async function readItem(item: DataTransferItem): Promise<ChosenFile[]> {
  const entry = item.webkitGetAsEntry()
  const file = item.getAsFile()
  const handle = await item.getAsFileSystemHandle?.().catch(() => null)
  if (handle !== null && handle !== undefined) return gatherHandle(handle)
  if (entry !== null) return gatherEntry(entry, '')
  return file === null ? [] : [chosenFile(file, '', null)]
}

async function gatherEntry(entry: FileSystemEntry, folder: string, depth = 0): Promise<ChosenFile[]> {
  if (isFileEntry(entry)) return [chosenFile(await fileOf(entry), folder, null)]
  if (!isFolderEntry(entry) || depth >= MAX_DEPTH) return []
  const inside = joined(folder, entry.name)
  const children = await childrenOf(entry)
  return (await Promise.all(children.map((child) => gatherEntry(child, inside, depth + 1)))).flat()
}

const isFileEntry = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile
const isFolderEntry = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject))
}

/** A reader gives a hundred at a time, and nothing when that was all. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (some.length === 0) return all
    all.push(...some)
  }
}

/** Empty for files that were chosen one by one; some browsers have no such thing at all. */
function folderOf({ webkitRelativePath: path = '' }: { webkitRelativePath?: string }): string {
  return path.split('/').slice(0, -1).join('/')
}

const joined = (folder: string, name: string) => (folder === '' ? name : `${folder}/${name}`)
