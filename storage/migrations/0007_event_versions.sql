-- What an event said before it moved, so that people learn what is different now.

CREATE TABLE event_versions (
    event_id TEXT NOT NULL REFERENCES events ON DELETE CASCADE,
    sequence INTEGER NOT NULL,              -- the last that was so
    payload TEXT NOT NULL,                  -- Event as JSON
    PRIMARY KEY (event_id, sequence)
);
