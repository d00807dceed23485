-- What coordinators need for a morning of forty requests.

ALTER TABLE requests ADD COLUMN closed_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE requests ADD COLUMN merged_into INTEGER REFERENCES requests;   -- answered there
ALTER TABLE requests ADD COLUMN asked_back_at TEXT;     -- since when we wait for the person
ALTER TABLE requests ADD COLUMN warned_at TEXT;         -- that it will be closed
ALTER TABLE requests ADD COLUMN rating TEXT CHECK (rating IN ('good', 'middling', 'bad'));
ALTER TABLE requests ADD COLUMN rating_words TEXT;      -- wiped with the request

-- What an expert may see: only what was handed to them.
CREATE TABLE handed (
    request_id INTEGER NOT NULL REFERENCES requests ON DELETE CASCADE,
    coordinator_id INTEGER NOT NULL REFERENCES coordinators ON DELETE CASCADE,
    at TEXT NOT NULL,
    PRIMARY KEY (request_id, coordinator_id)
);
CREATE INDEX handed_coordinator ON handed (coordinator_id, request_id);

-- Answers that wait for the next office hour; the message stands in the request already.
CREATE TABLE postponed (
    message_id INTEGER PRIMARY KEY REFERENCES request_messages ON DELETE CASCADE,
    at TEXT NOT NULL
);

ALTER TABLE coordinators ADD COLUMN away_until TEXT;
ALTER TABLE coordinators ADD COLUMN deputy_id INTEGER REFERENCES coordinators ON DELETE SET NULL;

-- Somebody whose messages nobody has to read for a while.
CREATE TABLE blocks (
    person_id INTEGER PRIMARY KEY REFERENCES people ON DELETE CASCADE,
    until TEXT NOT NULL,
    reason TEXT NOT NULL,
    coordinator_id INTEGER REFERENCES coordinators ON DELETE SET NULL,
    at TEXT NOT NULL
);

-- Who did what at the desk; never what people wrote.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    coordinator_id INTEGER REFERENCES coordinators ON DELETE SET NULL,
    verb TEXT NOT NULL,
    subject TEXT NOT NULL
);
CREATE INDEX audit_at ON audit (at);

-- Since when a person waits is asked of every running request when the list is sorted.
CREATE INDEX request_messages_author ON request_messages (request_id, author, id, at);
