"""A project in other tools' words, pure: from a lock to the text of a file."""
