"""Reading a notebook and telling what it needs: pure, apart from reading the given file."""
