"""Who uses this server: people, their sessions, keys, invites and pictures."""
