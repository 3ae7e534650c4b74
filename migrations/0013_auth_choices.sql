-- What administrators chose on the pages rather than in the configuration: who may look and who may join.
-- A new table only: a release that does not know it is not disturbed.
CREATE TABLE hub_choices (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);
