import { useQuery } from '@tanstack/react-query'
import { meQuery } from '@/lib/me'

/** Whether who is signed in may upload; null while that is not known. */
export function useMayUpload(): boolean | null {
  const { data: me } = useQuery(meQuery)
  return me === undefined ? null : me.role === 'admin' || me.role === 'uploader'
}
