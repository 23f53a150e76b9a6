import { CloudUpload } from 'lucide-react'
import { ChooseButtons } from './files/choose-buttons'
import { useIntake } from './files/intake'

/** The page before anything is chosen. Files may be dropped anywhere; this says so. */
export function DropArea() {
  const reading = useIntake((intake) => intake.reading)
  return (
    <div className="mb-5 flex flex-col items-center rounded-3xl border-2 border-dashed border-line bg-panel/50 px-6 py-12 text-center">
      <div className="mb-4 grid size-16 place-items-center rounded-2xl bg-accent/15 text-accent-text">
        <CloudUpload aria-hidden className="size-8" strokeWidth={1.5} />
      </div>
      <h2 className="font-display text-xl font-semibold">Drop music here</h2>
      <p role="status" className="mt-1.5 text-muted">
        {reading ? 'Reading the folders …' : 'Files or whole folders, as many as you like.'}
      </p>
      <div className="mt-6 flex flex-wrap justify-center gap-3">
        <ChooseButtons />
      </div>
    </div>
  )
}
