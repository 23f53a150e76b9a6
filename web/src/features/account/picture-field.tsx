import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import { Avatar } from '@/components/avatar'
import { Button } from '@/components/button'
import { FormError } from '@/components/field'
import { describeError } from '@/lib/api/error'
import { meQuery, type Me } from '@/lib/me'
import { removeAvatar, putAvatar } from './api'

const PICTURES = 'image/jpeg,image/png,image/webp,image/gif'

/** The picture in a profile; a new one is shown as soon as the server has taken it. */
export function PictureField({ me }: { me: Me }) {
  const queries = useQueryClient()
  const input = useRef<HTMLInputElement>(null)
  const put = useMutation({
    mutationFn: putAvatar,
    onSuccess: (next) => queries.setQueryData(meQuery.queryKey, next),
  })
  const remove = useMutation({
    mutationFn: removeAvatar,
    onSuccess: () => queries.setQueryData(meQuery.queryKey, { ...me, avatarId: null }),
  })
  const error = put.error ?? remove.error
  return (
    <div className="mb-6 space-y-3">
      <div className="flex items-center gap-4">
        <Avatar avatarId={me.avatarId} name={me.displayName} px={72} />
        <input
          ref={input}
          type="file"
          accept={PICTURES}
          aria-label="Picture"
          className="sr-only"
          tabIndex={-1}
          onChange={({ target }) => {
            const picture = target.files?.[0]
            if (picture !== undefined) put.mutate(picture)
            target.value = '' // So that the same file can be chosen again.
          }}
        />
        <Button size="sm" busy={put.isPending} onClick={() => input.current?.click()}>
          {me.avatarId === null ? 'Add a picture' : 'Change the picture'}
        </Button>
        {me.avatarId !== null && (
          <Button variant="ghost" size="sm" busy={remove.isPending} onClick={() => remove.mutate()}>
            Remove
          </Button>
        )}
      </div>
      {error !== null && <FormError>{describeError(error)}</FormError>}
    </div>
  )
}
