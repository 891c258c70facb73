"""Frozen records, no I/O: every arrow between two floors is one of these."""
