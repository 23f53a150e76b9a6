import { create } from 'zustand'
import { createJSONStorage, persist } from 'zustand/middleware'
import { limitsQuery } from '@/features/uploads/api'
import { uploads } from '@/features/uploads/instance'
import { describeError } from '@/lib/api/error'
import { formatCount } from '@/lib/format'
import { currentUserId } from '@/lib/me'
import { queryClient } from '@/lib/query'
import { toast } from '@/lib/toast'
import { sortOut, type Skipped } from './accept'
import type { ChosenFile } from './chosen'

interface Intake {
  /** Files wait to be published, so that their tags can be looked at first. Outlives the page. */
  hold: boolean
  /** What was chosen and not taken, and why. */
  skipped: readonly Skipped[]
  /** Folders are being read. */
  reading: boolean
}

export const useIntake = create<Intake>()(
  persist((): Intake => ({ hold: false, skipped: [], reading: false }), {
    name: 'tutti.uploads',
    storage: createJSONStorage(() => localStorage),
    partialize: ({ hold }) => ({ hold }),
  }),
)

const setIntake: typeof useIntake.setState = (change) => useIntake.setState(change)

export function setHold(hold: boolean): void {
  setIntake({ hold })
}

export function forgetSkipped(): void {
  setIntake({ skipped: [] })
}

/** Queues what the user with that id chose, and tells what is left out; nothing once they have signed out. */
export async function takeIn(
  gathering: Promise<readonly ChosenFile[]>,
  userId = currentUserId(),
): Promise<void> {
  setIntake({ reading: true })
  try {
    const chosen = await gathering
    if (chosen.length === 0) return
    const limits = await queryClient.query(limitsQuery).catch(() => null)
    if (currentUserId() === userId) sortIn(chosen, limits)
  } catch (error) {
    toast(
      error instanceof DOMException ? 'A file or folder could not be read.' : describeError(error),
      'problem',
    )
  } finally {
    setIntake({ reading: false })
  }
}

function sortIn(chosen: readonly ChosenFile[], limits: Parameters<typeof sortOut>[1]): void {
  const { taken, skipped } = sortOut(chosen, limits)
  const twice = uploads.add(taken, useIntake.getState().hold)
  const inList = twice.map(({ facts: { name, folder } }) => ({
    name,
    folder,
    reason: 'It is in the list already.',
  }))
  setIntake((before) => ({ skipped: [...skipped, ...inList, ...before.skipped] }))
  if (taken.length === 0 && skipped.length === 0) toast('There is no audio in there.', 'problem')
  else if (taken.length > twice.length) toast(`${formatCount(taken.length - twice.length, 'file')} added`)
}
