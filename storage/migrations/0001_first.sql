-- People, and where they can be reached.

CREATE TABLE people (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    notice TEXT,                            -- version of the privacy notice that was shown
    noticed_at TEXT,
    conversation TEXT NOT NULL DEFAULT '{}' -- what the dialogue remembers, JSON
);

CREATE TABLE addresses (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    channel TEXT NOT NULL,
    bot TEXT NOT NULL,
    chat TEXT NOT NULL,
    blocked_at TEXT,                        -- the person blocked us, or is gone
    UNIQUE (channel, bot, chat)
);
CREATE INDEX addresses_person ON addresses (person_id);

-- The road of a message.

CREATE TABLE inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    bot TEXT NOT NULL,
    update_id TEXT NOT NULL,
    queue TEXT NOT NULL,                    -- handled in order within a queue
    payload TEXT,                           -- Incoming as JSON; wiped when it is done
    received_at TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'dead')),
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before TEXT NOT NULL,
    error TEXT,                             -- kind of the last error, never words of people
    finished_at TEXT,
    UNIQUE (channel, bot, update_id)
);
CREATE INDEX inbox_waiting ON inbox (queue, id) WHERE state = 'waiting';
CREATE INDEX inbox_finished ON inbox (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    bot TEXT NOT NULL,
    chat TEXT NOT NULL,
    lane INTEGER NOT NULL,                  -- 0 conversation, 1 announcement
    payload TEXT,                           -- Outgoing as JSON; wiped a day after it was sent
    state TEXT NOT NULL DEFAULT 'ready'
        CHECK (state IN ('ready', 'sending', 'sent', 'undeliverable', 'held', 'expired')),
    attempts INTEGER NOT NULL DEFAULT 0,    -- failures that were our or the network's fault
    uncertain INTEGER NOT NULL DEFAULT 0,   -- sends that may or may not have arrived
    not_before TEXT NOT NULL,
    gather TEXT,
    created_at TEXT NOT NULL,
    finished_at TEXT,
    reason TEXT
);
CREATE INDEX outbox_open ON outbox (channel, bot, chat, lane, id)
    WHERE state IN ('ready', 'sending');
CREATE INDEX outbox_next ON outbox (channel, bot, lane, id) WHERE state = 'ready';
CREATE INDEX outbox_due ON outbox (not_before) WHERE state = 'ready';
CREATE INDEX outbox_gather ON outbox (channel, bot, chat, gather)
    WHERE state = 'ready' AND gather IS NOT NULL;
CREATE INDEX outbox_finished ON outbox (finished_at) WHERE finished_at IS NOT NULL;

-- What a network asked us to wait for. scope: 'bot' or 'chat:<id>'.
CREATE TABLE pauses (
    channel TEXT NOT NULL,
    bot TEXT NOT NULL,
    scope TEXT NOT NULL,
    until TEXT NOT NULL,
    PRIMARY KEY (channel, bot, scope)
);

-- Our threads and what the network calls them.
CREATE TABLE threads (
    channel TEXT NOT NULL,
    bot TEXT NOT NULL,
    chat TEXT NOT NULL,
    name TEXT NOT NULL,
    topic TEXT,                             -- the network's id of a forum topic
    root TEXT,                              -- or the message that all others answer
    PRIMARY KEY (channel, bot, chat, name)
);
CREATE INDEX threads_topic ON threads (channel, bot, chat, topic);

-- What happens later. A row becomes an inbox row of the channel 'clock'.
CREATE TABLE due (
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    at TEXT NOT NULL,
    round INTEGER NOT NULL DEFAULT 0,       -- grows each time the row is set anew
    PRIMARY KEY (kind, subject)
);
CREATE INDEX due_at ON due (at);

-- Those who answer.

CREATE TABLE coordinators (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'coordinator', 'expert')),
    created_at TEXT NOT NULL,
    revoked_at TEXT
);

CREATE TABLE coordinator_accounts (
    channel TEXT NOT NULL,
    bot TEXT NOT NULL,
    sender TEXT NOT NULL,                   -- the network's numeric id, never a user name
    coordinator_id INTEGER NOT NULL REFERENCES coordinators ON DELETE CASCADE,
    PRIMARY KEY (channel, bot, sender)
);

CREATE TABLE invitations (
    code_hash TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    coordinator_id INTEGER REFERENCES coordinators ON DELETE CASCADE, -- signs in an existing one
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT
);

CREATE TABLE desk_sessions (
    token_hash TEXT PRIMARY KEY,
    coordinator_id INTEGER NOT NULL REFERENCES coordinators ON DELETE CASCADE,
    created_at TEXT NOT NULL,
    seen_at TEXT NOT NULL
);

-- Requests: questions that people answer.

CREATE TABLE requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER REFERENCES people ON DELETE SET NULL,
    channel TEXT NOT NULL,                  -- where the answer goes
    bot TEXT NOT NULL,
    chat TEXT NOT NULL,
    topic TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT 'open'
        CHECK (state IN ('open', 'claimed', 'answered', 'closed')),
    urgent INTEGER NOT NULL DEFAULT 0,
    claimed_by INTEGER REFERENCES coordinators ON DELETE SET NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    promised_at TEXT,                       -- when we said that people answer
    answered_at TEXT,                       -- when a person first answered
    closed_at TEXT,
    wiped_at TEXT                           -- its words were deleted
);
INSERT INTO sqlite_sequence (name, seq) VALUES ('requests', 1000); -- the first one is K-1001
CREATE INDEX requests_person ON requests (person_id, id);
CREATE INDEX requests_state ON requests (state, updated_at);

CREATE TABLE request_messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id INTEGER NOT NULL REFERENCES requests ON DELETE CASCADE,
    author TEXT NOT NULL CHECK (author IN ('person', 'coordinator', 'note')),
    coordinator_id INTEGER REFERENCES coordinators ON DELETE SET NULL,
    text TEXT NOT NULL,
    album TEXT,
    at TEXT NOT NULL,
    edited_at TEXT,
    deleted_at TEXT
);
CREATE INDEX request_messages_request ON request_messages (request_id, id);

-- Where a request message can be seen: the original and its copies on the other side.
CREATE TABLE copies (
    channel TEXT NOT NULL,
    bot TEXT NOT NULL,
    chat TEXT NOT NULL,
    message TEXT NOT NULL,                  -- the network's id
    message_id INTEGER NOT NULL REFERENCES request_messages ON DELETE CASCADE,
    PRIMARY KEY (channel, bot, chat, message)
);
CREATE INDEX copies_message ON copies (message_id);

CREATE TABLE files (
    id TEXT PRIMARY KEY,                    -- random, also the name in the store's folder
    person_id INTEGER REFERENCES people ON DELETE CASCADE,
    message_id INTEGER REFERENCES request_messages ON DELETE CASCADE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,                     -- as sent; shown, never used as a path
    mime TEXT NOT NULL,
    size INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('remote', 'stored', 'refused')),
    channel TEXT,                           -- where it can be fetched from, or sent again by name
    bot TEXT,
    remote TEXT,
    reason TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX files_message ON files (message_id);
CREATE INDEX files_remote ON files (not_before) WHERE state = 'remote';
CREATE INDEX files_person ON files (person_id, created_at);

-- The web chat.

CREATE TABLE web_sessions (
    token_hash TEXT PRIMARY KEY,
    chat TEXT NOT NULL,
    created_at TEXT NOT NULL,
    seen_at TEXT NOT NULL
);
CREATE INDEX web_sessions_chat ON web_sessions (chat);

CREATE TABLE return_codes (
    code_hash TEXT PRIMARY KEY,
    chat TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX return_codes_chat ON return_codes (chat);

-- What stands on a page: of the web chat, or the notices of a web desk.
CREATE TABLE transcript (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    chat TEXT NOT NULL,
    outbox_id INTEGER UNIQUE,               -- said by us; delivered once however often it is tried
    update_id TEXT,                         -- said by the person
    payload TEXT NOT NULL,
    at TEXT NOT NULL,
    edited_at TEXT,
    UNIQUE (chat, update_id)
);
CREATE INDEX transcript_chat ON transcript (chat, id);

-- The house.

CREATE TABLE alarms (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,                  -- an id, never words of people
    at TEXT NOT NULL,
    resolved_at TEXT
);
CREATE UNIQUE INDEX alarms_open ON alarms (kind, subject) WHERE resolved_at IS NULL;

CREATE TABLE tallies (
    day TEXT NOT NULL,
    what TEXT NOT NULL,
    subject TEXT NOT NULL DEFAULT '',
    number INTEGER NOT NULL,
    PRIMARY KEY (day, what, subject)
);

CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
