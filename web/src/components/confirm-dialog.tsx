import type { ReactNode } from 'react'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'

interface ConfirmDialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  /** The word on the button that does it. */
  confirm: string
  onConfirm: () => void
  children: ReactNode
}

/** Asks before something that cannot be undone. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { open, onOpenChange, title, confirm, onConfirm, children } = props
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={title}>
      <p className="text-muted">{children}</p>
      <div className="mt-6 flex justify-end gap-2">
        <Button variant="ghost" onClick={() => onOpenChange(false)}>
          Keep it
        </Button>
        <Button
          variant="danger"
          onClick={() => {
            onConfirm()
            onOpenChange(false)
          }}
        >
          {confirm}
        </Button>
      </div>
    </Dialog>
  )
}
