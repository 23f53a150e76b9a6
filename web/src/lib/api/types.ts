import type { components } from './schema'

type Schemas = components['schemas']

export type Album = Schemas['Album']
export type AlbumSummary = Schemas['AlbumSummary']
export type ApiKey = Schemas['ApiKey']
export type Artist = Schemas['Artist']
export type ArtistRef = Schemas['ArtistRef']
export type ArtistSummary = Schemas['ArtistSummary']
export type Cover = Schemas['Cover']
export type Genre = Schemas['Genre']
export type Library = Schemas['Library']
export type LyricsLine = Schemas['LyricsLine']
export type PlayEvent = Schemas['PlayEvent']
export type ReplayGain = Schemas['ReplayGain']
export type Scan = Schemas['Scan']
export type ScanCounts = Schemas['ScanCounts']
export type SearchResults = Schemas['SearchResults']
export type Stream = Schemas['Stream']
export type Tokens = Schemas['Tokens']
export type Track = Schemas['Track']

export interface Page<Item> {
  items: Item[]
  nextCursor: string | null
}
