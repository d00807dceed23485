"""How secrets are kept: as hashes, so that whoever reads the store cannot use them."""

from hashlib import sha256


def digest(value: str) -> str:
    """The kept form of a secret. Ours are random and long, so a plain hash is enough."""
    return sha256(value.encode()).hexdigest()


def code_digest(value: str) -> str:
    """As `digest`, for a code that a person typed: case, spaces and hyphens do not matter."""
    return digest("".join(value.split()).replace("-", "").upper())
