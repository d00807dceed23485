"""The desk: how coordinators work requests, and what the hotline learns from it."""
