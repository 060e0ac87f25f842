"""Changes of time limits and of the calendar by officials: what would move, who agrees, and how it takes effect."""
