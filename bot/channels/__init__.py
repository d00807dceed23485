"""One network each. Nothing outside this package knows a network."""
