"""Letters as Word and PDF, from Word templates that an office edits itself."""

from workflows.letters.render import FontMissing, LetterTemplates

__all__ = ["FontMissing", "LetterTemplates"]
