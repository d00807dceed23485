-- Whoever redeems a code waits for an admin; while this is set they may do nothing.
ALTER TABLE coordinators ADD COLUMN waits_until TEXT;

-- Which admin made a code; without one it was made by the operator on the machine.
ALTER TABLE invitations ADD COLUMN made_by INTEGER REFERENCES coordinators ON DELETE SET NULL;
