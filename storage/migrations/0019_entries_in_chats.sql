-- Entries that are being written in a chat, and what our messages in chats are about.

CREATE TABLE entry_drafts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id INTEGER UNIQUE REFERENCES requests ON DELETE CASCADE,
    entry_id TEXT UNIQUE,                   -- the live entry that shall read like this
    payload TEXT NOT NULL,                  -- what the fields say, as JSON
    revision INTEGER NOT NULL DEFAULT 1,    -- grows with every change
    at TEXT NOT NULL
);

-- What the next words of a colleague in one place are for. It outlives its draft, so that
-- they never go to the person instead.
CREATE TABLE entry_questions (
    coordinator_id INTEGER NOT NULL REFERENCES coordinators ON DELETE CASCADE,
    place TEXT NOT NULL,                    -- the chat and the thread in it
    draft_id INTEGER NOT NULL,
    field TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (coordinator_id, place)
);

-- What a message of ours is about, so that a reply to it finds that.
CREATE TABLE subjects (
    channel TEXT NOT NULL,
    bot TEXT NOT NULL,
    chat TEXT NOT NULL,
    message TEXT NOT NULL,
    subject TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (channel, bot, chat, message)
);
