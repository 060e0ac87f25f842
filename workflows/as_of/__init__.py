"""As-of view (当时视图): a case and the rules as they stood, and were known, at a past instant."""
