"""A project: its file, ``kagura.toml``, which people write, and its lock, ``kagura.lock``."""
