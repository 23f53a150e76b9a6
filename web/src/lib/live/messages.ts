/** What passes over the live socket; docs/live.md tells the whole protocol. */
export interface LiveMessage {
  type: 'message'
  channel: string
  kind: string
  id: number
  payload: unknown
}

export type FromServer =
  | LiveMessage
  | { type: 'ready'; lastId: number }
  | { type: 'subscribed'; channel: string }
  | { type: 'error'; code: string; channel: string }
  | { type: 'reset'; lastId: number }
  | { type: 'paused' | 'expired' | 'ping' }

export type ToServer =
  | { type: 'auth'; token: string }
  | { type: 'subscribe' | 'unsubscribe'; channels: string[] }
  | { type: 'resume'; lastId: number }
  | { type: 'pong' }
