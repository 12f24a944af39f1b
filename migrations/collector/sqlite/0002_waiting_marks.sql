-- Marks of the tokens that came with the responses in `intake`. They move to `spent` when those move to `responses`, so that
-- neither table ever grows by one.
CREATE TABLE intake_marks (
    mark BLOB NOT NULL PRIMARY KEY CHECK (length(mark) = 32),
    survey TEXT NOT NULL
) STRICT, WITHOUT ROWID;
