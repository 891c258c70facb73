"""The only doors to other programs, the disk and this machine's facts."""
