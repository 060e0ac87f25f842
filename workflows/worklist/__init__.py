"""The worklist: which tasks are a person's, how they are counted, found, ordered and shown."""
