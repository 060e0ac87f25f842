"""Publication (公示): what is public at which outlet, taken back when it falls, and the page everybody may read."""
