"""SQL over people, sessions, keys and invitations."""
