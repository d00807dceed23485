-- What the desk teaches the hotline.

CREATE TABLE desk_entries (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('proposed', 'live', 'rejected')),
    payload TEXT NOT NULL,                  -- Entry as JSON, without personal data
    request_id INTEGER REFERENCES requests ON DELETE SET NULL,
    proposed_by INTEGER REFERENCES coordinators ON DELETE SET NULL,
    approved_by INTEGER REFERENCES coordinators ON DELETE SET NULL,
    revision INTEGER NOT NULL DEFAULT 1,    -- grows with every change
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);

-- Further ways to ask for an entry, wherever that comes from.
CREATE TABLE phrasings (
    entry_id TEXT NOT NULL,
    words TEXT NOT NULL,
    coordinator_id INTEGER REFERENCES coordinators ON DELETE SET NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (entry_id, words)
);

-- Canned answers made at the desk, beside those of the content.
CREATE TABLE canned (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL UNIQUE,
    text TEXT NOT NULL,
    coordinator_id INTEGER REFERENCES coordinators ON DELETE SET NULL,
    at TEXT NOT NULL
);
