"""Personal data: who sees which of it, the masks, and the whole value for a reason that is kept."""
