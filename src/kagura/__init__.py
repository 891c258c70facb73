"""Runs any Kaggle notebook, from any year, in the environment that it was written for."""

__version__ = "0.1.0"
