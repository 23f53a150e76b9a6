import { type ComponentType, use } from 'react'
import { Unreachable } from '@/lib/api/error'

/** The code of a page did not come: the line is down, or the server has a newer version, and that part is gone. */
export class PageMissing extends Unreachable {
  /** `forget` lets the next attempt to show the page ask for its code again. */
  constructor(
    cause: unknown,
    readonly forget: () => void,
  ) {
    super(cause)
  }
}

/**
 * A page whose code is loaded when it is wanted, or a link to it is hovered; the latter may fail without a trace.
 *
 * Unlike `lazyRouteComponent` of the router, it never loads the whole app anew, which would end the music: whoever shows
 * the `PageMissing` that it throws decides what is best.
 */
export function lazyPage<Name extends string>(load: () => Promise<Record<Name, ComponentType>>, name: Name) {
  let page: ComponentType | undefined
  let coming: Promise<ComponentType> | undefined

  function forget() {
    coming = undefined
  }

  function fetchPage(): Promise<ComponentType> {
    coming ??= load().then(
      (module) => (page = module[name]),
      (cause: unknown) => {
        throw new PageMissing(cause, forget)
      },
    )
    return coming
  }

  function LazyPage() {
    const Page = page ?? use(fetchPage())
    return <Page />
  }

  LazyPage.preload = () => fetchPage().then(() => undefined, forget)
  return LazyPage
}
