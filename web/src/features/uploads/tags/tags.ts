/** What an uploader says of a track. A field left out stays as the file has it; null goes back to that. */
export interface UploadTags {
  title?: string | null
  artists?: string[] | null
  album?: string | null
  albumArtists?: string[] | null
  genres?: string[] | null
  year?: number | null
  discNumber?: number | null
  trackNumber?: number | null
}
