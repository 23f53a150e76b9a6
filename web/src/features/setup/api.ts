import { api, take } from '@/lib/api/client'

export interface NewAdmin {
  token: string
  name: string
  password: string
}

/** Makes the first account, and signs it in. */
export function createAdmin(admin: NewAdmin) {
  return take(api.POST('/api/v1/setup', { body: admin }))
}
