"""Stand-ins for the outside world. Only networks are replaced, never our own parts."""
