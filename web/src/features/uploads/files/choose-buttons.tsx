import { FilePlus2, FolderPlus } from 'lucide-react'
import { useRef, type ChangeEvent } from 'react'
import { Button } from '@/components/button'
import { gatherChosen } from './gather'
import { takeIn } from './intake'
import { canPick, pick } from './pick'

/** Two ways to choose: files, or a folder with all that is in it. */
export function ChooseButtons({ size = 'md' }: { size?: 'sm' | 'md' }) {
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)
  const choose = (what: 'files' | 'folder', input: HTMLInputElement | null) => {
    // A picker's handles outlive a reload; a plain input works everywhere.
    if (canPick()) void takeIn(pick(what))
    else input?.click()
  }
  const onChange = ({ target }: ChangeEvent<HTMLInputElement>) => {
    if (target.files !== null) void takeIn(Promise.resolve(gatherChosen(target.files)))
    target.value = '' // the same files may be chosen again
  }
  return (
    <>
      <Button variant="primary" size={size} onClick={() => choose('files', files.current)}>
        <FilePlus2 aria-hidden className="size-4.5" />
        Choose files
      </Button>
      <Button size={size} onClick={() => choose('folder', folder.current)}>
        <FolderPlus aria-hidden className="size-4.5" />
        Choose a folder
      </Button>
      <input ref={files} type="file" multiple hidden aria-label="Files to upload" onChange={onChange} />
      <input
        ref={folder}
        type="file"
        hidden
        aria-label="Folder to upload"
        onChange={onChange}
        {...WHOLE_FOLDER}
      />
    </>
  )
}

/** React has no name for it, and every browser does. */
const WHOLE_FOLDER = { webkitdirectory: '' }
