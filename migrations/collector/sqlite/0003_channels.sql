-- How many mixed responses came by each channel, in all. It moves when responses do, by twenty at least: no response says how
-- it came.
CREATE TABLE channels (
    survey TEXT NOT NULL,
    channel TEXT NOT NULL,
    responses INTEGER NOT NULL CHECK (responses > 0),
    PRIMARY KEY (survey, channel)
) STRICT, WITHOUT ROWID;

-- The same for imported responses that wait in `intake`. Those that came over the web are counted by their marks.
CREATE TABLE intake_channels (
    survey TEXT NOT NULL,
    channel TEXT NOT NULL,
    responses INTEGER NOT NULL CHECK (responses > 0),
    PRIMARY KEY (survey, channel)
) STRICT, WITHOUT ROWID;

-- Files that were imported, as blake3 hashes, so that none counts twice. Only files of at least twenty responses are kept:
-- whoever reads `responses` could try out which of them made a smaller one.
CREATE TABLE imports (
    fingerprint BLOB NOT NULL PRIMARY KEY CHECK (length(fingerprint) = 32),
    survey TEXT NOT NULL
) STRICT, WITHOUT ROWID;
