"""Tamper-evident audit: records in chains of hashes, signed roots over all chains, and their verification."""
