"""The running program: knows everything, known by nobody."""
