import type { components } from '@/lib/api/schema'

/** What an uploader says of a track. A field left out stays as the file has it; null goes back to that. */
export type UploadTags = components['schemas']['UploadTags']
