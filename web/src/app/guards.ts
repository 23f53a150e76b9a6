import { redirect, type ParsedLocation } from '@tanstack/react-router'
import { session } from '@/lib/api/client'

/** Sends whoever is not signed in to the login page, and back here afterwards. */
export function requireSession({ location }: { location: ParsedLocation }): void {
  if (session.signedIn) return
  const from = location.href === '/' ? {} : { redirect: location.href }
  throw redirect({ to: '/login', search: from, replace: true })
}

/** The login page has nothing for someone who is signed in. */
export function requireNoSession(): void {
  if (session.signedIn) throw redirect({ to: '/', replace: true })
}
