"""What we keep: one file per subject, typed functions that take the transaction first."""
