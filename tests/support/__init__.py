"""What tests talk through: the whole hotline in this process, and its surroundings."""
