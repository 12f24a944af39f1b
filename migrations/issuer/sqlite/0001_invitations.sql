-- Surveys whose key this issuer holds.
CREATE TABLE surveys (
    survey TEXT NOT NULL PRIMARY KEY,
    access TEXT NOT NULL CHECK (access IN ('invitation', 'open')),
    opens TEXT,
    closes TEXT,
    closed INTEGER NOT NULL CHECK (closed IN (0, 1)),
    -- Fingerprint of the published key: what the letters carry. A key file that does not match it is refused.
    token_key_id BLOB NOT NULL CHECK (length(token_key_id) = 32)
) STRICT, WITHOUT ROWID;

-- One row per invitation code. A row has its final size from the start, so that using a code moves no bytes; it holds no
-- time and no person. The code itself is nowhere: only a keyed hash of it.
CREATE TABLE invitations (
    code_mac BLOB NOT NULL PRIMARY KEY CHECK (length(code_mac) = 32),
    survey TEXT NOT NULL REFERENCES surveys (survey),
    used INTEGER NOT NULL CHECK (used IN (0, 1)),
    -- SHA-256 of the blinded message that was signed: the same message may be signed again when a reply was lost.
    blinded_hash BLOB NOT NULL CHECK (length(blinded_hash) = 32)
) STRICT, WITHOUT ROWID;
