-- Where a web session was opened and when it was last used, and small facts about the hub itself.
-- Columns with a default and a new table: a release that does not know them is not disturbed.
ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN last_used_at $BIGINT NOT NULL DEFAULT 0;

-- Facts that belong to the catalog as a whole, such as the proof of the data folder's secret.
CREATE TABLE hub_facts (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);
