-- Log-ins of operators. A row is there as long as its session may be used.
CREATE TABLE session (
    token_hash BLOB    NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32), -- SHA-256 of the cookie
    operator   TEXT    NOT NULL REFERENCES operator (name),
    created_at INTEGER NOT NULL, -- the log-in
    seen_at    INTEGER NOT NULL, -- last use, to the minute: session_store_touch()
    address    TEXT    NOT NULL, -- where the log-in came from
    agent      TEXT    NOT NULL  -- the device, in words: "Windows PC"
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_operator ON session (operator, created_at);
CREATE INDEX session_by_age ON session (created_at);
CREATE INDEX session_by_use ON session (seen_at);
