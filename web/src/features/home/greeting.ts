/** "Good morning" from five, "Good afternoon" from noon, "Good evening" from six, for the clock on the wall. */
export function greetingAt(time: Date): string {
  const hour = time.getHours()
  if (hour >= 5 && hour < 12) return 'Good morning'
  if (hour >= 12 && hour < 18) return 'Good afternoon'
  return 'Good evening'
}
