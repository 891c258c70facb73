"""Parse, call one workflow, render."""
