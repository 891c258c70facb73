"""A notebook's data: which folder becomes which path under /kaggle/input."""
