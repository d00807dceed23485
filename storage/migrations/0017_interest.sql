-- "Ich wäre dabei": who waits for a format, and where.

CREATE TABLE interests (
    person_id INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    format_id TEXT NOT NULL,
    region TEXT NOT NULL DEFAULT '',        -- a Bundesland; '' where none was said
    at TEXT NOT NULL,
    told_at TEXT,                           -- when they were told that it starts
    PRIMARY KEY (person_id, format_id)
);
CREATE INDEX interests_format ON interests (format_id, region);
