"""Sessions: a JupyterLab in a sandbox that lives on after the command that started it."""
