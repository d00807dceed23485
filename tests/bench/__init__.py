"""How fast, how patient and how modest the hotline is: `python -m tests.bench`."""
