import type { AudioElement } from '@/player/engine/deck'

/** An audio element without sound: a test says what the network and the decoder do. */
export class FakeAudio extends EventTarget implements AudioElement {
  currentTime = 0
  ended = false
  error: MediaError | null = null
  muted = false
  paused = true
  readyState = 0
  src = ''
  volume = 1
  buffered = ranges()
  seekable = ranges()
  refusesToPlay = false
  loads: string[] = []

  load(): void {
    this.currentTime = 0
    this.ended = false
    this.error = null
    this.paused = true
    this.readyState = 0
    if (this.src !== '') this.loads.push(this.src)
  }

  play(): Promise<void> {
    if (this.refusesToPlay) return Promise.reject(new DOMException('A click first', 'NotAllowedError'))
    this.paused = false
    return Promise.resolve()
  }

  pause(): void {
    const wasPlaying = !this.paused
    this.paused = true
    // As in browsers: the event comes after whatever runs now.
    if (wasPlaying) queueMicrotask(() => this.emit('pause'))
  }

  removeAttribute(name: string): void {
    if (name === 'src') this.src = ''
  }

  emit(event: string): void {
    this.dispatchEvent(new Event(event))
  }

  /** The stream is there, and sounds if it is wanted. */
  arrive(): void {
    this.readyState = 4
    this.emit('loadedmetadata')
    this.emit('canplay')
    if (!this.paused) this.emit('playing')
  }

  /** Plays on to a time in seconds. */
  reach(seconds: number): void {
    this.currentTime = seconds
    this.emit('timeupdate')
  }

  finish(): void {
    this.ended = true
    this.paused = true
    this.emit('pause')
    this.emit('ended')
  }

  break(code: number): void {
    this.error = { code } as MediaError
    this.emit('error')
  }
}

export function ranges(...pairs: [number, number][]): TimeRanges {
  return {
    length: pairs.length,
    start: (at) => pairs[at]?.[0] ?? 0,
    end: (at) => pairs[at]?.[1] ?? 0,
  }
}
