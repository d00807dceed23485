-- The messenger network: who wants to be found, and what they agreed to.

CREATE TABLE consents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    purpose TEXT NOT NULL,                  -- directory, contact
    version TEXT NOT NULL,                  -- of the words that were agreed to
    channel TEXT NOT NULL,
    given_at TEXT NOT NULL,
    withdrawn_at TEXT
);
CREATE UNIQUE INDEX consents_live ON consents (person_id, purpose) WHERE withdrawn_at IS NULL;

CREATE TABLE profiles (
    person_id INTEGER PRIMARY KEY REFERENCES people ON DELETE CASCADE,
    state TEXT NOT NULL,                    -- draft, live, paused, asleep
    town TEXT NOT NULL DEFAULT '',
    region TEXT NOT NULL DEFAULT '',        -- a Bundesland: BB
    size TEXT NOT NULL DEFAULT '',          -- class of the town's size
    function TEXT NOT NULL DEFAULT '',
    seeks TEXT NOT NULL DEFAULT '[]',       -- topics, JSON
    offers TEXT NOT NULL DEFAULT '[]',
    ways TEXT NOT NULL DEFAULT '[]',        -- how they like to meet, JSON
    name TEXT NOT NULL DEFAULT '',
    contact TEXT NOT NULL DEFAULT '',
    visible TEXT NOT NULL DEFAULT '{}',     -- field to 'card', 'agreed' or 'never', JSON
    step TEXT NOT NULL DEFAULT '',          -- the question that was put last
    typed TEXT NOT NULL DEFAULT '',         -- a town that we asked back about
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    confirmed_at TEXT NOT NULL              -- when they last said that it is still right
);
CREATE INDEX profiles_state ON profiles (state, confirmed_at);
