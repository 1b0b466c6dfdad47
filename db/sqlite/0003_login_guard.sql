-- What guards the log-in of operators, and keys for programs.

-- Failed log-ins, counted for each of: a device that logged in before, a name from a network, a network.
-- What is counted stands here as a MAC only: people type passwords where the name belongs.
-- Rows are replaced, so that their ids have the order of their last failure; the oldest are dropped.
CREATE TABLE login_counter (
    id            INTEGER NOT NULL PRIMARY KEY,
    key           BLOB    NOT NULL UNIQUE CHECK (length(key) = 32), -- HMAC under the master key
    failures      INTEGER NOT NULL CHECK (failures > 0), -- of which one is forgiven every few minutes
    at            INTEGER NOT NULL,                      -- when `failures` was right
    blocked_until INTEGER NOT NULL                       -- nobody is let in before; 0: no waiting
) STRICT;
CREATE INDEX login_counter_oldest ON login_counter (at);

-- Failed log-ins on their way into the audit: one row there stands for many of them.
CREATE TABLE login_failure (
    operator    TEXT    NOT NULL PRIMARY KEY, -- operator.name; '' for all names that there are not
    failures    INTEGER NOT NULL CHECK (failures >= 0), -- since the last row of the audit
    first_at    INTEGER, -- of those failures, the first; NULL when there is none
    address     TEXT    NOT NULL, -- where the last one came from
    reported_at INTEGER  -- the last row of the audit; NULL before the first
) STRICT, WITHOUT ROWID;
CREATE INDEX login_failure_due ON login_failure (reported_at) WHERE failures > 0;

CREATE TABLE totp (
    operator      TEXT    NOT NULL PRIMARY KEY REFERENCES operator (name),
    secret_sealed BLOB    NOT NULL, -- RFC 6238 secret under the master key
    created_at    INTEGER NOT NULL,
    confirmed_at  INTEGER,          -- totp_store_confirm(); asked for at log-in from then on
    last_step     INTEGER NOT NULL DEFAULT 0 -- totp_store_use_step(): no code of it or before is taken
) STRICT, WITHOUT ROWID;

-- A code that stands in for a lost phone; the row goes when it is used.
CREATE TABLE recovery_code (
    operator TEXT NOT NULL REFERENCES totp (operator) ON DELETE CASCADE,
    mac      BLOB NOT NULL CHECK (length(mac) = 32), -- HMAC under the master key
    PRIMARY KEY (operator, mac)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_key (
    id           TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''), -- may be shown and logged
    key_hash     BLOB    NOT NULL UNIQUE CHECK (length(key_hash) = 32), -- SHA-256 of the whole key
    name         TEXT    NOT NULL CHECK (name <> ''), -- what it is for
    role         TEXT    NOT NULL CHECK (role IN ('admin', 'helpdesk', 'auditor')),
    created_at   INTEGER NOT NULL,
    created_by   TEXT    NOT NULL, -- the actor
    expires_at   INTEGER NOT NULL, -- refused from then on
    last_used_at INTEGER,          -- api_key_store_note_use(): exact to a minute
    revoked_at   INTEGER           -- api_key_store_revoke()
) STRICT;
CREATE INDEX api_key_newest ON api_key (created_at, id);
