"""Choosing the environment and building it: eras, bases, layers, and the root that a notebook sees."""
