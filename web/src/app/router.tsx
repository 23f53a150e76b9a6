import { createRouter, type RouterHistory } from '@tanstack/react-router'
import { Loading, Skeleton } from '@/components/skeleton'
import { ErrorState } from '@/components/states'
import { PageMissing } from './lazy-page'
import { NotFound } from './not-found'
import { PageMissingState } from './page-missing'
import { routeTree } from './routes'
import { parseSearch, stringifySearch } from './search-params'

/** The router over a history: the browser's own, unless a test brings another. */
export function createAppRouter(history?: RouterHistory) {
  return createRouter({
    routeTree,
    ...(history === undefined ? {} : { history }),
    defaultPreload: 'intent',
    // Queries know how old they are; the router need not remember what was preloaded.
    defaultPreloadStaleTime: 0,
    defaultPendingMs: 250,
    scrollRestoration: true,
    parseSearch,
    stringifySearch,
    defaultErrorComponent: ({ error, reset }) =>
      error instanceof PageMissing ? (
        <PageMissingState error={error} onRetry={reset} />
      ) : (
        <ErrorState page error={error} onRetry={reset} />
      ),
    defaultNotFoundComponent: NotFound,
    defaultPendingComponent: () => (
      <Loading>
        <div className="p-(--gutter)">
          <Skeleton className="mt-6 h-10 w-56" />
        </div>
      </Loading>
    ),
  })
}

export const router = createAppRouter()

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
