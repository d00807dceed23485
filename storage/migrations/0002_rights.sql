-- Who was erased and when, so that a restored backup forgets them again.
-- An address stands here as a hash only.

CREATE TABLE erasures (
    address_hash TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (address_hash, at)
);
