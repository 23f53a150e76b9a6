import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Copy, Ellipsis, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { IconButton } from '@/components/icon-button'
import { Menu, MenuItem } from '@/components/menu'
import { deleteTrack, discardUpload, keepUpload, trackQuery, type Upload } from '@/features/uploads/api'
import { DuplicatesDialog } from '@/features/uploads/duplicates-dialog'
import { saveTags } from '@/features/uploads/engine/wire'
import { TagDialog } from '@/features/uploads/tags/tag-dialog'
import type { UploadTags } from '@/features/uploads/tags/tags'
import { describeError } from '@/lib/api/error'
import { toast } from '@/lib/toast'

/** What can be done with an upload of the past. */
export function RecentMenu({ upload }: { upload: Upload }) {
  const { id, filename, state, reasonCode } = upload
  const [open, setOpen] = useState<'tags' | 'review' | 'delete' | null>(null)
  const { tag, discard, keep, remove } = useActions(upload)
  const close = () => setOpen(null)
  const duplicate = { ...upload, name: filename, keep: keep.mutateAsync, discard: discard.mutateAsync }
  return (
    <>
      <Menu trigger={<IconButton icon={Ellipsis} size="sm" label={`More for ${filename}`} />}>
        {state !== 'failed' && (
          <MenuItem icon={Pencil} onSelect={() => setOpen('tags')}>
            Edit tags and cover
          </MenuItem>
        )}
        {reasonCode === 'DUPLICATE' && (
          <MenuItem icon={Copy} onSelect={() => setOpen('review')}>
            Review the duplicate
          </MenuItem>
        )}
        {(state === 'waiting' || state === 'failed') && (
          <MenuItem icon={Trash2} danger onSelect={() => discard.mutate()}>
            Discard
          </MenuItem>
        )}
        {state === 'ready' && (
          <MenuItem icon={Trash2} danger onSelect={() => setOpen('delete')}>
            Delete the track
          </MenuItem>
        )}
      </Menu>
      <TagDialog
        files={
          open === 'tags' ? [{ id, name: filename, trackId: upload.trackId, tags: upload.tags ?? {} }] : []
        }
        onClose={close}
        onSave={(changes) => tag.mutate(changes)}
      />
      <DuplicatesDialog
        duplicates={open === 'review' ? [duplicate] : []}
        open={open === 'review'}
        onOpenChange={(shown) => !shown && close()}
      />
      <ConfirmDialog
        open={open === 'delete'}
        onOpenChange={close}
        title={`Delete ${filename}?`}
        confirm="Delete"
        onConfirm={() => remove.mutate()}
      >
        The track leaves the catalogue for everybody, with its file.
      </ConfirmDialog>
    </>
  )
}

function useActions({ id, trackId }: Upload) {
  const queries = useQueryClient()
  const onError = (error: unknown) => toast(describeError(error), 'problem')
  const onSuccess = () => queries.invalidateQueries({ queryKey: ['uploads'] })
  return {
    discard: useMutation({ mutationFn: () => discardUpload(id), onSuccess, onError }),
    keep: useMutation({ mutationFn: () => keepUpload(id), onSuccess, onError }),
    remove: useMutation({ mutationFn: () => deleteTrack(trackId), onSuccess, onError }),
    tag: useMutation({
      mutationFn: (tags: UploadTags) => saveTags(id, tags),
      onSuccess: async () => {
        await queries.invalidateQueries({ queryKey: trackQuery(trackId).queryKey })
        await onSuccess()
      },
      onError,
    }),
  }
}
