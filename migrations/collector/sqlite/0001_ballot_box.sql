-- A published questionnaire and the public key of its tokens. Neither ever changes; once closed, a survey stays closed.
CREATE TABLE surveys (
    survey TEXT NOT NULL PRIMARY KEY,
    version TEXT NOT NULL,
    token_key BLOB NOT NULL,
    questionnaire TEXT NOT NULL,
    closed INTEGER NOT NULL CHECK (closed IN (0, 1))
) STRICT, WITHOUT ROWID;

-- Tokens that were spent, as blake3 hashes. No column is shared with a response.
CREATE TABLE spent (
    mark BLOB NOT NULL PRIMARY KEY CHECK (length(mark) = 32),
    survey TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Responses that wait to be mixed. Identifiers are 128 random bits; there is no time, no address, no channel.
CREATE TABLE intake (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    survey TEXT NOT NULL,
    version TEXT NOT NULL,
    answers TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Responses that were mixed, under identifiers of their own.
CREATE TABLE responses (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    survey TEXT NOT NULL,
    version TEXT NOT NULL,
    answers TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Free texts, apart from the responses that they came with.
CREATE TABLE free_texts (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    survey TEXT NOT NULL,
    question TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
