/** Keeps what is shown in step with the server. */
export function useLiveUpdates(): void {
  // Filled by the live socket.
}
