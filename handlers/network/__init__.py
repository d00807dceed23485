"""The messenger network: peers, experts and topic groups, and how people come together."""
