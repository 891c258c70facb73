"""Lasting, content-addressed folders shared by all projects; leases say who uses what."""
