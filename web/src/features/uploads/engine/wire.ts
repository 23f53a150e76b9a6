import { api, take } from '@/lib/api/client'
import { ApiError } from '@/lib/api/error'
import { wordOf } from '@/features/uploads/api'
import type { UploadTags } from '@/features/uploads/tags/tags'
import { put, type Address } from './put'
import type { Wire } from './transfer'

const at = (uploadId: string) => ({ path: { upload_id: uploadId } })

/** The server as it is. */
export const wire: Wire = {
  begin: async ({ filename, sizeBytes, contentType, sha256 }, key, signal) => {
    const params = { header: { 'Idempotency-Key': key } }
    const body = { filename, sizeBytes, contentType, sha256 }
    const { uploadId, trackId, partBytes, url, headers } = await take(
      api.POST('/api/v1/uploads', { params, body, signal }),
    )
    return { uploadId, trackId, partBytes, address: url === null ? null : { url, headers } }
  },
  address: async (uploadId, signal) => {
    const { url, headers } = await take(
      api.POST('/api/v1/uploads/{upload_id}/address', { params: at(uploadId), signal }),
    )
    return url === null ? null : { url, headers }
  },
  listParts: async (uploadId, signal) =>
    (await take(api.GET('/api/v1/uploads/{upload_id}/parts', { params: at(uploadId), signal }))).parts,
  signPart: async (uploadId, number, signal): Promise<Address> => {
    const body = { numbers: [number] }
    const signed = await take(
      api.POST('/api/v1/uploads/{upload_id}/parts', { params: at(uploadId), body, signal }),
    )
    const [first] = signed
    if (first === undefined)
      throw new ApiError(500, 'PART_UNSIGNED', 'The server gave no address for a part.')
    return first
  },
  saveTags,
  complete: async (uploadId, signal) =>
    wordOf(await take(api.POST('/api/v1/uploads/{upload_id}/complete', { params: at(uploadId), signal }))),
  put,
}

/** Says what a track is to be called, before there is one or afterwards. */
export async function saveTags(uploadId: string, tags: UploadTags): Promise<void> {
  await take(api.PATCH('/api/v1/uploads/{upload_id}', { params: at(uploadId), body: { tags } }))
}
