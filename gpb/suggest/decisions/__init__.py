"""Decisions and rules of the district: how they are written, what they cover, and what earlier terms would decide."""
