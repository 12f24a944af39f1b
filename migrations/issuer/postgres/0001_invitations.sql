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

-- The server must not keep samples of values, with the hour, as statistics do; rewriting replaces vacuuming.
ALTER TABLE invitations SET (autovacuum_enabled = false, toast.autovacuum_enabled = false),
    ALTER COLUMN code_mac SET STATISTICS 0, ALTER COLUMN survey SET STATISTICS 0,
    ALTER COLUMN used SET STATISTICS 0, ALTER COLUMN blinded_hash SET STATISTICS 0;
