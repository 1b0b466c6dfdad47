-- Answers of the API to requests with an Idempotency-Key, kept for a day so that a request that is sent again is
-- answered again and not done again.
CREATE TABLE once (
    id            INTEGER NOT NULL PRIMARY KEY,
    key_mac       BLOB    NOT NULL UNIQUE CHECK (length(key_mac) = 32), -- HMAC of the Idempotency-Key under the API key
    request_mac   BLOB    NOT NULL CHECK (length(request_mac) = 32),    -- HMAC of address and body under the API key
    created_at    INTEGER NOT NULL, -- kept for a day from then on
    lease_until   INTEGER,          -- being done until then; NULL once it is done
    answer_sealed BLOB,             -- the answer, sealed under the API key, which the database does not hold
    CHECK ((lease_until IS NULL) <> (answer_sealed IS NULL))
) STRICT;
CREATE INDEX once_oldest ON once (created_at);
