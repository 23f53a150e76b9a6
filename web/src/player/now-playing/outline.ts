/** How wide and how high the picture of a waveform is, in its own units. */
export const WIDTH = 1000
export const HEIGHT = 100
const BARS = 200
const FULL_SCALE = 255
/** Of a bar that is silent: a line is still to be seen. */
const LEAST = 2

/** The bars of a waveform of peaks, 255 being full scale, as the path of an image: the loudest of each part. */
export function outlineOf(peaks: Uint8Array): string {
  const bars = Math.min(BARS, peaks.length)
  const step = WIDTH / Math.max(1, bars)
  let path = ''
  for (let bar = 0; bar < bars; bar++) {
    const start = Math.floor((bar * peaks.length) / bars)
    const end = Math.floor(((bar + 1) * peaks.length) / bars)
    const share = Math.max(...peaks.subarray(start, end)) / FULL_SCALE
    const height = Math.max(LEAST, share * HEIGHT)
    const x = (bar * step).toFixed(1)
    path += `M${x} ${((HEIGHT - height) / 2).toFixed(1)}h${(step * 0.7).toFixed(1)}v${height.toFixed(1)}h-${(step * 0.7).toFixed(1)}z`
  }
  return path
}
