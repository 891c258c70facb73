"""Choosing the environment and building it: eras, bases, layers, a notebook's root."""
