"""What players report, and the listens that come of it."""
