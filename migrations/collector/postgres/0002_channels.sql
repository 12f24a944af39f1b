-- How many mixed responses came by each channel, in all. It moves when responses do, by twenty at least: no response says how
-- it came.
CREATE TABLE channels (
    survey TEXT NOT NULL,
    channel TEXT NOT NULL,
    responses BIGINT NOT NULL CHECK (responses > 0),
    PRIMARY KEY (survey, channel)
);

-- The same for imported responses that wait in `intake`. Those that came over the web are counted by their marks.
CREATE TABLE intake_channels (
    survey TEXT NOT NULL,
    channel TEXT NOT NULL,
    responses BIGINT NOT NULL CHECK (responses > 0),
    PRIMARY KEY (survey, channel)
);

-- Files that were imported, as blake3 hashes, so that none counts twice. Only files of at least twenty responses are kept:
-- whoever reads `responses` could try out which of them made a smaller one.
CREATE TABLE imports (
    fingerprint BYTEA NOT NULL PRIMARY KEY CHECK (length(fingerprint) = 32),
    survey TEXT NOT NULL
);

-- As for the other tables: no samples of values, and rewriting in the place of vacuuming.
ALTER TABLE channels SET (autovacuum_enabled = false),
    ALTER COLUMN survey SET STATISTICS 0, ALTER COLUMN channel SET STATISTICS 0, ALTER COLUMN responses SET STATISTICS 0;
ALTER TABLE intake_channels SET (autovacuum_enabled = false),
    ALTER COLUMN survey SET STATISTICS 0, ALTER COLUMN channel SET STATISTICS 0, ALTER COLUMN responses SET STATISTICS 0;
ALTER TABLE imports SET (autovacuum_enabled = false),
    ALTER COLUMN fingerprint SET STATISTICS 0, ALTER COLUMN survey SET STATISTICS 0;
