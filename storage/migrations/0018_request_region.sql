-- Where a request comes from, as far as its words say: a Bundesland (BB), '' for none.
ALTER TABLE requests ADD COLUMN region TEXT NOT NULL DEFAULT '';
