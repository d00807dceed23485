-- Topic groups as people find and join them.

ALTER TABLE groups ADD COLUMN slug TEXT;                              -- in addresses of pages
ALTER TABLE groups ADD COLUMN network TEXT NOT NULL DEFAULT '';       -- of a group elsewhere
ALTER TABLE groups ADD COLUMN link TEXT NOT NULL DEFAULT '';          -- of a group elsewhere
ALTER TABLE groups ADD COLUMN matters TEXT NOT NULL DEFAULT '[]';     -- topics of the network, JSON
ALTER TABLE groups ADD COLUMN about TEXT NOT NULL DEFAULT '';
ALTER TABLE groups ADD COLUMN region TEXT NOT NULL DEFAULT '';
ALTER TABLE groups ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE groups ADD COLUMN rules TEXT NOT NULL DEFAULT '';
ALTER TABLE groups ADD COLUMN moderators TEXT NOT NULL DEFAULT '';    -- as people read it: roles
ALTER TABLE groups ADD COLUMN listed_at TEXT;                         -- in the directory since
ALTER TABLE groups ADD COLUMN announces INTEGER NOT NULL DEFAULT 1;
ALTER TABLE groups ADD COLUMN welcomes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN welcomed_at TEXT;
ALTER TABLE groups ADD COLUMN trouble TEXT NOT NULL DEFAULT '';       -- what we may not do there
UPDATE groups SET slug = 'gruppe-' || id;
CREATE UNIQUE INDEX groups_slug ON groups (slug);

-- Somebody's way into a group of a network that our bot is in.
CREATE TABLE group_joins (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_id INTEGER NOT NULL REFERENCES groups ON DELETE CASCADE,
    person_id INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    state TEXT NOT NULL
        CHECK (state IN ('shown', 'agreed', 'invited', 'joined', 'refused', 'expired')),
    at TEXT NOT NULL,                       -- of the state
    link TEXT NOT NULL DEFAULT '',          -- the personal invitation, good for one entry
    expires_at TEXT,
    requested_at TEXT,                      -- they knock at the group itself and wait
    UNIQUE (group_id, person_id)
);
CREATE INDEX group_joins_person ON group_joins (person_id);
