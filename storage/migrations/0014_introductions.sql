-- Two people of the network: one asks, the other agrees or does not.

CREATE TABLE introductions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    asker_id INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    asked_id INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    low_id INTEGER NOT NULL,                -- the lower and the higher of the two, so that
    high_id INTEGER NOT NULL,               -- both asking each other is the same pair
    words TEXT NOT NULL,                    -- what the asker wrote
    state TEXT NOT NULL,                    -- asked, agreed, declined, withdrawn, expired, ended
    asker_mode TEXT NOT NULL DEFAULT '',    -- contact or protected; '' while undecided
    asked_mode TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    later_at TEXT,                          -- asked for time until then, which is done once
    answered_at TEXT,
    ended_at TEXT,
    ended_by INTEGER,
    CHECK (asker_id <> asked_id)
);
CREATE UNIQUE INDEX introductions_pair ON introductions (low_id, high_id)
    WHERE state IN ('asked', 'agreed');
CREATE INDEX introductions_asker ON introductions (asker_id, created_at);
CREATE INDEX introductions_asked ON introductions (asked_id, created_at);

-- Lines of a protected conversation; kept for a short while so that they can be reported.
CREATE TABLE protected_lines (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    introduction_id INTEGER NOT NULL REFERENCES introductions ON DELETE CASCADE,
    author_id INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    text TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX protected_lines_of ON protected_lines (introduction_id, id);

-- What somebody showed the coordinators: these lines, and no others.
CREATE TABLE reports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    introduction_id INTEGER REFERENCES introductions ON DELETE SET NULL,
    reporter_id INTEGER REFERENCES people ON DELETE SET NULL,
    reported_id INTEGER REFERENCES people ON DELETE SET NULL,
    words TEXT NOT NULL,                    -- the lines that were reported, JSON
    reason TEXT NOT NULL DEFAULT '',
    at TEXT NOT NULL,
    handled_at TEXT,
    handled_by INTEGER,
    outcome TEXT                            -- nothing, warned, blocked
);

-- Whoever is here is never suggested to the other, nor the other to them.
CREATE TABLE peer_blocks (
    person_id INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    other_id INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    reason TEXT NOT NULL,                   -- hidden, declined, ended, reported
    at TEXT NOT NULL,
    PRIMARY KEY (person_id, other_id)
);
CREATE INDEX peer_blocks_other ON peer_blocks (other_id);

-- Whom the coordinators keep out of the network for a while.
CREATE TABLE network_blocks (
    person_id INTEGER PRIMARY KEY REFERENCES people ON DELETE CASCADE,
    until TEXT NOT NULL,
    coordinator_id INTEGER REFERENCES coordinators ON DELETE SET NULL,
    at TEXT NOT NULL
);

-- Who was shown whose card. Buttons name the token, so that they say nothing of anybody.
CREATE TABLE suggestions (
    token TEXT PRIMARY KEY,
    asker_id INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    other_id INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    at TEXT NOT NULL,
    UNIQUE (asker_id, other_id)
);
CREATE INDEX suggestions_other ON suggestions (other_id);

-- How often somebody was suggested on a day, so that nobody is suggested to everybody.
CREATE TABLE exposures (
    person_id INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    day TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (person_id, day)
);

-- Tells at a glance whether any profile changed since somebody looked last.
CREATE INDEX profiles_changed ON profiles (state, updated_at, person_id);
