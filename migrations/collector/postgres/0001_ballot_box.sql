-- The same tables as the SQLite migrations make, all of them. Rows of a table are rewritten together, in the order of its
-- random key, so that neither `ctid` nor `xmin` says which came first.

-- A published questionnaire and the public key of its tokens. Neither ever changes; once closed, a survey stays closed.
CREATE TABLE surveys (
    survey TEXT NOT NULL PRIMARY KEY,
    version TEXT NOT NULL,
    token_key BYTEA NOT NULL,
    questionnaire TEXT NOT NULL,
    closed BOOLEAN NOT NULL
);

-- Tokens that were spent, as blake3 hashes. No column is shared with a response.
CREATE TABLE spent (
    mark BYTEA NOT NULL PRIMARY KEY CHECK (length(mark) = 32),
    survey TEXT NOT NULL
);

-- Responses that wait to be mixed. Identifiers are 128 random bits; there is no time, no address, no channel.
CREATE TABLE intake (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    survey TEXT NOT NULL,
    version TEXT NOT NULL,
    answers TEXT NOT NULL
);

-- Marks of the tokens that came with the responses in `intake`.
CREATE TABLE intake_marks (
    mark BYTEA NOT NULL PRIMARY KEY CHECK (length(mark) = 32),
    survey TEXT NOT NULL
);

-- Responses that were mixed, under identifiers of their own.
CREATE TABLE responses (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    survey TEXT NOT NULL,
    version TEXT NOT NULL,
    answers TEXT NOT NULL
);

-- Free texts, apart from the responses that they came with.
CREATE TABLE free_texts (
    id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    survey TEXT NOT NULL,
    question TEXT NOT NULL,
    text TEXT NOT NULL
);

-- The server must not keep samples of values, with the hour, as statistics do; rewriting replaces vacuuming.
ALTER TABLE spent SET (autovacuum_enabled = false, toast.autovacuum_enabled = false),
    ALTER COLUMN mark SET STATISTICS 0, ALTER COLUMN survey SET STATISTICS 0;
ALTER TABLE intake SET (autovacuum_enabled = false, toast.autovacuum_enabled = false),
    ALTER COLUMN id SET STATISTICS 0, ALTER COLUMN survey SET STATISTICS 0,
    ALTER COLUMN version SET STATISTICS 0, ALTER COLUMN answers SET STATISTICS 0;
ALTER TABLE intake_marks SET (autovacuum_enabled = false, toast.autovacuum_enabled = false),
    ALTER COLUMN mark SET STATISTICS 0, ALTER COLUMN survey SET STATISTICS 0;
ALTER TABLE responses SET (autovacuum_enabled = false, toast.autovacuum_enabled = false),
    ALTER COLUMN id SET STATISTICS 0, ALTER COLUMN survey SET STATISTICS 0,
    ALTER COLUMN version SET STATISTICS 0, ALTER COLUMN answers SET STATISTICS 0;
ALTER TABLE free_texts SET (autovacuum_enabled = false, toast.autovacuum_enabled = false),
    ALTER COLUMN id SET STATISTICS 0, ALTER COLUMN survey SET STATISTICS 0,
    ALTER COLUMN question SET STATISTICS 0, ALTER COLUMN text SET STATISTICS 0;
