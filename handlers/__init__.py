"""The dialogues: what is said when. No network, no SQL text, no clock of their own."""
