-- Whoever chose Einfache Sprache is answered in it, for as long as we know them.

ALTER TABLE people ADD COLUMN plain INTEGER NOT NULL DEFAULT 0;
