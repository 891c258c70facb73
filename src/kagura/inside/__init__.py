"""Programs that run in the sandbox.  They import the standard library and Jupyter's, never ours.

The package is mounted alone at ``/opt/kagura/inside`` and started as ``inside.execute``, so its
modules import each other by relative names only.  Files named ``boot`` run in the base's Python.
"""
