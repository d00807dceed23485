-- What coordinators tell many people at once.

CREATE TABLE announcements (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT REFERENCES events ON DELETE SET NULL,
    sequence INTEGER NOT NULL DEFAULT 0,    -- of the event, as it is announced
    text TEXT NOT NULL,                     -- as everybody reads it, with its marks, JSON
    audience TEXT NOT NULL,                 -- topics, groups and region, JSON
    files TEXT NOT NULL DEFAULT '[]',
    state TEXT NOT NULL DEFAULT 'draft'
        CHECK (state IN ('draft', 'waiting', 'sending', 'paused', 'stopped', 'done')),
    created_by INTEGER REFERENCES coordinators ON DELETE SET NULL,
    confirmed_by INTEGER REFERENCES coordinators ON DELETE SET NULL,
    created_at TEXT NOT NULL,
    starts_at TEXT,
    expires_at TEXT,                        -- too late from then on
    finished_at TEXT,                       -- nothing of it is on its way any more
    total INTEGER NOT NULL DEFAULT 0,       -- whom it went to, also those who are gone by now
    board TEXT NOT NULL DEFAULT '{}'        -- where its progress is shown, JSON
);
CREATE INDEX announcements_event ON announcements (event_id);

CREATE TABLE announcement_recipients (
    announcement_id INTEGER NOT NULL REFERENCES announcements ON DELETE CASCADE,
    person_id INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    outbox_id INTEGER UNIQUE REFERENCES outbox ON DELETE SET NULL,
    quiet_from INTEGER,                     -- minutes of the day
    quiet_until INTEGER,
    ended TEXT,                             -- not to be sent again, should the send fail
    ended_at TEXT,
    PRIMARY KEY (announcement_id, person_id)
);
CREATE INDEX announcement_recipients_person ON announcement_recipients (person_id);

-- Too late from then on, whoever comes first: the courier or the clock.
ALTER TABLE outbox ADD COLUMN expires_at TEXT;

-- A message on its way cannot be called back. But when its send fails, what was
-- decided in the meantime holds: it ends, or it rests with all the others.
CREATE TRIGGER announcement_send_failed AFTER UPDATE OF state ON outbox
WHEN OLD.state = 'sending' AND NEW.state = 'ready' AND NEW.lane = 1
BEGIN
    UPDATE outbox SET not_before = '9999-01-01T00:00:00.000+00:00'
    WHERE id = NEW.id AND EXISTS (
        SELECT 1 FROM announcement_recipients AS r JOIN announcements AS a ON a.id = announcement_id
        WHERE r.outbox_id = NEW.id AND a.state = 'paused');
    UPDATE outbox SET state = 'expired',
        reason = (SELECT ended FROM announcement_recipients WHERE outbox_id = NEW.id),
        finished_at = (SELECT ended_at FROM announcement_recipients WHERE outbox_id = NEW.id)
    WHERE id = NEW.id AND EXISTS (
        SELECT 1 FROM announcement_recipients WHERE outbox_id = NEW.id AND ended IS NOT NULL);
END;
