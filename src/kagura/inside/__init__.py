"""Programs that run in the sandbox.  They import the standard library and Jupyter's, never ours."""
