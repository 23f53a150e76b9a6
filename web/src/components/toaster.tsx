import { X } from 'lucide-react'
import { cn } from '@/lib/cn'
import { dismissToast, useToasts } from '@/lib/toast'

export function Toaster() {
  const toasts = useToasts((state) => state.toasts)
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-0 bottom-[calc(var(--foot)+0.25rem)] z-60 flex flex-col items-center gap-2 px-4"
    >
      {toasts.map((toast) => (
        <div
          key={toast.id}
          className={cn(
            'pointer-events-auto flex max-w-md animate-rise items-center gap-3 rounded-xl border border-line bg-panel py-2 pr-2 pl-4 text-sm font-medium shadow-float',
            toast.tone === 'problem' && 'border-danger/40',
          )}
        >
          <span>{toast.text}</span>
          <button
            type="button"
            aria-label="Dismiss"
            onClick={() => dismissToast(toast.id)}
            className="grid size-7 shrink-0 place-items-center rounded-full text-faint hover:bg-hover hover:text-text"
          >
            <X aria-hidden className="size-4" />
          </button>
        </div>
      ))}
    </div>
  )
}
