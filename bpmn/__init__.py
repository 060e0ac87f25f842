"""What officials read: diagrams, decision tables, forms and clauses; no Python."""
