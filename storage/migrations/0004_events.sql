-- Events, and who asked to be reminded of them.

CREATE TABLE events (
    id TEXT PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,               -- what calendars call it, for ever
    state TEXT NOT NULL CHECK (state IN ('draft', 'published', 'cancelled')),
    origin TEXT NOT NULL CHECK (origin IN ('content', 'import', 'desk')),
    sequence INTEGER NOT NULL,              -- grows when it moves or is cancelled
    revision INTEGER NOT NULL DEFAULT 1,    -- grows with every change
    starts TEXT NOT NULL,
    ends TEXT NOT NULL,
    payload TEXT NOT NULL,                  -- Event as JSON
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);

CREATE TABLE marks (
    person_id INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    event_id TEXT NOT NULL REFERENCES events ON DELETE CASCADE,
    at TEXT NOT NULL,
    told INTEGER NOT NULL,                  -- the event's sequence that the person knows of
    PRIMARY KEY (person_id, event_id)
);
CREATE INDEX marks_event ON marks (event_id, person_id);
