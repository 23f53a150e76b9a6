import type Hls from 'hls.js'
import type * as HlsModule from 'hls.js'
import type { HlsConfig } from 'hls.js'
import type { Ahead, HlsOptions, HlsStream } from './contract'
import { causeOfAnswer, HlsRequests, REQUEST_POLICY } from './hls-requests'
import type { Line } from './line'
import { renditionOfRung, type Rendition } from './rendition'
import { rungsToKeep } from './rungs'

interface HlsParts {
  line: Pick<Line, 'kbps' | 'measured'>
  online: () => Promise<void>
}

/** Seconds to load ahead: two segments begin without a gap; the rest is for a line that comes and goes. */
const AHEAD_S: Readonly<Record<Ahead, number>> = { start: 12, far: 45 }
const KEPT_BEHIND_S = 30
/** Of a line that nothing is known of: enough for the best lossy rung, which it soon leaves if that is too much. */
const GUESS_KBPS = 500

const CONFIG: Partial<HlsConfig> = {
  autoStartLoad: false,
  backBufferLength: KEPT_BEHIND_S,
  // Segments are put in as they come, which is too little work for a worker; and it would have to be a blob.
  enableWorker: false,
  lowLatencyMode: false,
  startLevel: -1,
  // It would load the first segment twice, and start low on a good line.
  testBandwidth: false,
  manifestLoadPolicy: REQUEST_POLICY,
  playlistLoadPolicy: REQUEST_POLICY,
  fragLoadPolicy: REQUEST_POLICY,
}

/** Plays HLS through hls.js, which is only loaded when it is needed. */
export function hlsOpener(parts: HlsParts): (options: HlsOptions) => HlsStream {
  return (options) => new ScriptedHls(parts, options)
}

class ScriptedHls implements HlsStream {
  rendition: Rendition | null = null
  #hls: Hls | null = null
  #destroyed = false
  #ahead: Ahead
  readonly #parts: HlsParts
  readonly #options: HlsOptions
  readonly #requests: HlsRequests

  constructor(parts: HlsParts, options: HlsOptions) {
    this.#parts = parts
    this.#options = options
    this.#ahead = options.ahead
    this.#requests = new HlsRequests({ source: options.source, online: parts.online })
    void this.#begin()
  }

  get waiting(): boolean {
    return this.#requests.waiting
  }

  setAhead(ahead: Ahead): void {
    this.#ahead = ahead
    if (this.#hls !== null) Object.assign(this.#hls.config, bufferLengths(ahead))
  }

  destroy(): void {
    this.#destroyed = true
    this.#hls?.destroy()
    this.#hls = null
  }

  async #begin(): Promise<void> {
    const { audio, source, startMs, onBroken } = this.#options
    const loaded = await import('hls.js/light').catch(() => null)
    if (this.#destroyed) return
    if (loaded === null) {
      onBroken('form')
      return
    }
    const hls = new loaded.default({
      ...CONFIG,
      ...bufferLengths(this.#ahead),
      startPosition: startMs / 1000,
      abrEwmaDefaultEstimate: (this.#parts.line.kbps ?? GUESS_KBPS) * 1000,
      xhrSetup: this.#requests.prepare,
    })
    this.#hls = hls
    this.#listen(hls, loaded)
    hls.attachMedia(audio as HTMLAudioElement)
    hls.loadSource(source.urlAt(0))
  }

  #listen(hls: Hls, { Events, ErrorTypes }: typeof HlsModule): void {
    const { source, startMs, onRendition, onBroken } = this.#options
    hls.on(Events.MANIFEST_PARSED, () => {
      if (source.form.kind === 'hls') keepOnly(hls, rungsToKeep(hls.levels, source.form.rungs))
      hls.startLoad(startMs / 1000)
    })
    hls.on(Events.LEVEL_SWITCHED, (_, { level }) => {
      this.rendition = renditionOfRung(hls.levels[level]?.uri ?? '')
      onRendition()
    })
    hls.on(Events.FRAG_LOADED, (_, { frag }) => {
      const { loaded, loading } = frag.stats
      this.#parts.line.measured(loaded, loading.end - loading.first)
    })
    hls.on(Events.ERROR, (_, { fatal, type, response }) => {
      if (!fatal) return
      if (type === ErrorTypes.NETWORK_ERROR) onBroken(causeOfAnswer(response?.code ?? 0))
      else onBroken(type === ErrorTypes.MEDIA_ERROR ? 'undecodable' : 'form')
    })
  }
}

function keepOnly(hls: Hls, kept: readonly number[]): void {
  for (let at = hls.levels.length - 1; at >= 0; at--) {
    if (!kept.includes(at)) hls.removeLevel(at)
  }
}

function bufferLengths(ahead: Ahead): Pick<HlsConfig, 'maxBufferLength' | 'maxMaxBufferLength'> {
  return { maxBufferLength: AHEAD_S[ahead], maxMaxBufferLength: AHEAD_S[ahead] }
}
