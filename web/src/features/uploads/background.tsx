import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { meQuery } from '@/lib/me'
import { waitingCovers } from './covers/instance'
import { UploadsAnnouncer } from './announcer'
import './files/intake' // a drop needs it, also when the line is down by then
import { uploads } from './instance'
import { UploadsPill } from './uploads-pill'
import { useServerWords } from './use-server-words'

/** What goes on with uploads on every page: those of before are taken up, and words are heard. */
export function UploadsInBackground() {
  const { data: me } = useQuery(meQuery)
  const userId = me?.id
  useEffect(() => {
    if (userId !== undefined) void waitingCovers.start(userId, uploads.start(userId))
  }, [userId])
  useServerWords(userId ?? null)
  return (
    <>
      <UploadsPill />
      <UploadsAnnouncer />
    </>
  )
}
