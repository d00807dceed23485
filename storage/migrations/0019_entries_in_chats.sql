-- Entries that are being written in a chat, and what our messages in chats are about.

CREATE TABLE entry_drafts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id INTEGER UNIQUE REFERENCES requests ON DELETE CASCADE,
    entry_id TEXT UNIQUE,                   -- the live entry that shall read like this
    payload TEXT NOT NULL,                  -- what the fields say, as JSON
    revision INTEGER NOT NULL DEFAULT 1,    -- grows with every change
    asks TEXT NOT NULL DEFAULT '',          -- the field that somebody was asked for
    asked_by INTEGER REFERENCES coordinators ON DELETE SET NULL,
    asked_in TEXT NOT NULL DEFAULT '',      -- the chat and the thread in which they were asked
    at TEXT NOT NULL
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
