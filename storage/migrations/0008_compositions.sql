-- An event that a coordinator writes in a chat, answer by answer.

CREATE TABLE compositions (
    coordinator_id INTEGER NOT NULL REFERENCES coordinators ON DELETE CASCADE,
    channel TEXT NOT NULL,
    bot TEXT NOT NULL,
    chat TEXT NOT NULL,
    event_id TEXT REFERENCES events ON DELETE CASCADE,  -- none before it has a title and a time
    title TEXT NOT NULL DEFAULT '',
    asks TEXT NOT NULL,                     -- the field that the next message is about
    at TEXT NOT NULL,
    PRIMARY KEY (coordinator_id, channel, bot, chat)
);
