"""Decisions of the approval bureaus arrive: one by one, or as files in the official layouts."""
