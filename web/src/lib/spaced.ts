/** Calls `run` at once, and again at the end of a pause of `ms` if it was asked for meanwhile. */
export function spaced(ms: number, run: () => void): () => void {
  let pausing = false
  let again = false
  const go = () => {
    run()
    pausing = true
    again = false
    setTimeout(() => {
      pausing = false
      if (again) go()
    }, ms)
  }
  return () => {
    if (pausing) again = true
    else go()
  }
}
