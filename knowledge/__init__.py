"""What we know and how we find it: pure, and without I/O once it is loaded."""
