"""The programme of events: what people ask of it, and what reminds them."""
