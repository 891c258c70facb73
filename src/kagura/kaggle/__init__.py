"""Kaggle's API: the calls that we need, and no more.  Imported only when used."""
