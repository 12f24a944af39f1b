-- The same tables as the SQLite migrations make.

-- Surveys whose key this issuer holds.
CREATE TABLE surveys (
    survey TEXT NOT NULL PRIMARY KEY,
    access TEXT NOT NULL CHECK (access IN ('invitation', 'open')),
    opens TEXT,
    closes TEXT,
    closed BOOLEAN NOT NULL,
    -- Fingerprint of the published key: what the letters carry. A key file that does not match it is refused.
    token_key_id BYTEA NOT NULL CHECK (length(token_key_id) = 32)
);

-- One row per invitation code; no time and no person. The code itself is nowhere: only a keyed hash of it.
CREATE TABLE invitations (
    code_mac BYTEA NOT NULL PRIMARY KEY CHECK (length(code_mac) = 32),
    survey TEXT NOT NULL REFERENCES surveys (survey),
    used BOOLEAN NOT NULL,
    -- SHA-256 of the blinded message that was signed: the same message may be signed again when a reply was lost.
    blinded_hash BYTEA NOT NULL CHECK (length(blinded_hash) = 32)
);
