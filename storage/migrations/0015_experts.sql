-- The pool of experts: kept by coordinators, found by keywords.

CREATE TABLE experts (
    slug TEXT PRIMARY KEY,                  -- stable, for buttons and content files
    payload TEXT NOT NULL,                  -- the content model, JSON
    coordinator_id INTEGER REFERENCES coordinators ON DELETE SET NULL,
    withdrawn_on TEXT,                      -- the day on which they took their consent back
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);

-- Whom somebody would like to ask with their request.
CREATE TABLE expert_wishes (
    request_id INTEGER PRIMARY KEY REFERENCES requests ON DELETE CASCADE,
    slug TEXT NOT NULL,
    at TEXT NOT NULL
);
