"""Reconciliation (对账): both sides of every handoff, copy, transfer and upload, counted once a day."""
