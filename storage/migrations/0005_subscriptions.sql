-- What people want to be told of without asking, and when.

CREATE TABLE subscriptions (
    person_id INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('all', 'topic', 'group', 'region')),
    value TEXT NOT NULL,                    -- '' for all
    at TEXT NOT NULL,
    PRIMARY KEY (person_id, kind, value),
    CHECK ((kind = 'all') = (value = ''))
);
CREATE INDEX subscriptions_value ON subscriptions (kind, value, person_id);

-- Only of those who chose something else than what everybody gets at first.
CREATE TABLE wishes (
    person_id INTEGER PRIMARY KEY REFERENCES people ON DELETE CASCADE,
    rhythm TEXT NOT NULL DEFAULT 'now' CHECK (rhythm IN ('now', 'weekly')),
    quiet_from INTEGER CHECK (quiet_from BETWEEN 0 AND 1439),   -- minutes of the day in Berlin
    quiet_until INTEGER CHECK (quiet_until BETWEEN 0 AND 1439),
    CHECK ((quiet_from IS NULL) = (quiet_until IS NULL))
);
