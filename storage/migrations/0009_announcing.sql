-- Announcements reach topic groups too, come in Einfache Sprache, and can be put right.

CREATE TABLE groups (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    bot TEXT NOT NULL,
    chat TEXT NOT NULL,
    title TEXT NOT NULL,
    topics TEXT NOT NULL,                   -- JSON; none for everything
    created_at TEXT NOT NULL,
    gone_at TEXT,                           -- we may not write there any more
    UNIQUE (channel, bot, chat)
);

ALTER TABLE announcements ADD COLUMN plain TEXT;         -- the text in Einfache Sprache, JSON
ALTER TABLE announcements ADD COLUMN corrects INTEGER REFERENCES announcements;
ALTER TABLE announcements ADD COLUMN confirmed_at TEXT;
ALTER TABLE announcements DROP COLUMN files;

CREATE TABLE announcement_files (
    announcement_id INTEGER NOT NULL REFERENCES announcements ON DELETE CASCADE,
    file_id TEXT NOT NULL REFERENCES files ON DELETE CASCADE,
    place INTEGER NOT NULL,
    PRIMARY KEY (announcement_id, file_id)
);
CREATE INDEX announcement_files_file ON announcement_files (file_id);

-- A recipient is a person or a group; what arrived can be changed later.
DROP TRIGGER announcement_send_failed;
DROP INDEX announcement_recipients_person;
ALTER TABLE announcement_recipients RENAME TO announcement_people;
CREATE TABLE announcement_recipients (
    announcement_id INTEGER NOT NULL REFERENCES announcements ON DELETE CASCADE,
    person_id INTEGER REFERENCES people ON DELETE CASCADE,
    group_id INTEGER REFERENCES groups ON DELETE CASCADE,
    outbox_id INTEGER UNIQUE REFERENCES outbox ON DELETE SET NULL,
    messages TEXT,                          -- what the network calls it, JSON
    quiet_from INTEGER,                     -- minutes of the day
    quiet_until INTEGER,
    ended TEXT,                             -- not to be sent again, should the send fail
    ended_at TEXT,
    UNIQUE (announcement_id, person_id),
    UNIQUE (announcement_id, group_id),
    CHECK ((person_id IS NULL) <> (group_id IS NULL))
);
INSERT INTO announcement_recipients
    (announcement_id, person_id, outbox_id, quiet_from, quiet_until, ended, ended_at)
  SELECT announcement_id, person_id, outbox_id, quiet_from, quiet_until, ended, ended_at
  FROM announcement_people;
DROP TABLE announcement_people;
CREATE INDEX announcement_recipients_person ON announcement_recipients (person_id);

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
