"""Faults made on purpose: which ones, when they strike, and what the client sees of them."""
