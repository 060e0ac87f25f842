"""Numbered migrations of the database; they never import application code."""
