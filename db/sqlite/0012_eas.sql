-- Phones as the verifier of client certificates sees them: who came, with which certificate, and what it was told.
--
-- Texts are cut and cleaned before they come here; of what a phone says about itself neither IMEI nor telephone
-- number is kept, and of a log-in never the password.

CREATE TABLE device (
    id             TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''), -- may be shown and logged
    owner          TEXT    NOT NULL CHECK (owner <> ''), -- SHA-256 of the certificate in hexadecimal; without one '~' and
                                                         -- the user in lower case
    device_id      TEXT    NOT NULL, -- DeviceId as sent; '' until the certificate comes with one (device_store_name())
    user_name      TEXT    NOT NULL, -- whom the certificate names, else the user as sent
    serial         TEXT    NOT NULL, -- of the certificate; '' without one
    device_type    TEXT    NOT NULL DEFAULT '', -- DeviceType; device_store_note_sighting(), as the next six
    agent          TEXT    NOT NULL DEFAULT '', -- User-Agent
    address        TEXT    NOT NULL DEFAULT '', -- where it came from last
    version        INTEGER NOT NULL DEFAULT 0,  -- protocol version times ten: 141; 0 when it never said
    last_seen_at   INTEGER NOT NULL,
    allowed_count  INTEGER NOT NULL DEFAULT 0,  -- sightings that were let in
    refused_count  INTEGER NOT NULL DEFAULT 0,  -- and that were not
    reason         TEXT    NOT NULL DEFAULT '', -- of the last verdict, as in sighting; '' before the first one
    first_seen_at  INTEGER NOT NULL,
    allowed_at     INTEGER, -- device_store_note_sighting(): the last time that it was let in
    model          TEXT    NOT NULL DEFAULT '', -- device_store_describe(): what the phone says that it is
    os             TEXT    NOT NULL DEFAULT '', -- with it: its operating system
    friendly_name  TEXT    NOT NULL DEFAULT '', -- with it: how its owner calls it
    policy_offered INTEGER NOT NULL DEFAULT 0,  -- device_store_provision(): key of a policy that waits for its
                                                -- acknowledgment; 0: none
    policy_agreed  INTEGER NOT NULL DEFAULT 0,  -- with it: key of the acknowledged one; 0: none
    blocked_at     INTEGER, -- device_store_block(); NULL while it is not blocked
    blocked_by     TEXT    NOT NULL DEFAULT '', -- with it: the actor
    finding        TEXT    NOT NULL DEFAULT '', -- device_store_find(): rule that explains its sightings; '' when none does
    finding_from   INTEGER, -- with it: when what it tells of began
    finding_until  INTEGER, -- with it: when it showed
    finding_number INTEGER NOT NULL DEFAULT 0,  -- with it: what the rule counts
    finding_due    INTEGER NOT NULL DEFAULT 0 CHECK (finding_due IN (0, 1)), -- 1: sightings came since; see both
    CHECK ((blocked_at IS NULL) = (blocked_by = ''))
) STRICT;
CREATE UNIQUE INDEX device_by_key ON device (owner, lower(device_id));
CREATE INDEX device_newest ON device (last_seen_at, id);
CREATE INDEX device_refused ON device (last_seen_at, id) WHERE reason NOT IN ('', 'allowed');
CREATE INDEX device_by_user ON device (lower(user_name), last_seen_at, id);
CREATE INDEX device_by_device_id ON device (lower(device_id), last_seen_at, id);
CREATE INDEX device_by_owner ON device (owner, last_seen_at, id);
CREATE INDEX device_by_address ON device (address, last_seen_at);
CREATE INDEX device_unproven ON device (last_seen_at, id) WHERE allowed_at IS NULL AND blocked_at IS NULL;
CREATE INDEX device_finding_due ON device (last_seen_at, id) WHERE finding_due = 1;

-- Which DeviceId a certificate came with first, while eas.pin says that it must stay there.
CREATE TABLE device_pin (
    owner          TEXT    NOT NULL PRIMARY KEY CHECK (length(owner) = 64), -- as device.owner
    device_id      TEXT    NOT NULL CHECK (device_id <> ''), -- DeviceId as sent
    pinned_at      INTEGER NOT NULL,
    alarm_at       INTEGER,                     -- device_store_alarm(): when another device came, last told
    alarm_device   TEXT    NOT NULL DEFAULT ''  -- with it: the DeviceId of that one
) STRICT, WITHOUT ROWID;

-- Users that an operator lets in with no device.
CREATE TABLE user_block (
    user_name  TEXT    NOT NULL PRIMARY KEY CHECK (user_name <> ''), -- as a certificate names it, in lower case
    blocked_at INTEGER NOT NULL,
    blocked_by TEXT    NOT NULL -- the actor
) STRICT, WITHOUT ROWID;

-- One request of a phone, or one TLS handshake that failed. Written in batches a moment after the answer.
CREATE TABLE sighting (
    id                   INTEGER NOT NULL PRIMARY KEY, -- in the order in which they were written
    device               TEXT REFERENCES device (id),  -- NULL: nothing says which one
    kind                 TEXT    NOT NULL CHECK (kind IN ('request', 'handshake')),
    front                TEXT    NOT NULL CHECK (front IN ('eas', 'auth')), -- own listener, or a proxy's question
    at                   INTEGER NOT NULL,
    connection           TEXT    NOT NULL, -- the same for all requests of one connection
    request_number       INTEGER NOT NULL, -- on it, from 1
    handshake_age        INTEGER NOT NULL, -- seconds since the handshake of this connection
    session_age          INTEGER NOT NULL, -- seconds since the full handshake of its TLS session
    address              TEXT    NOT NULL, -- of the phone
    tls_version          TEXT    NOT NULL,
    cipher               TEXT    NOT NULL,
    certificate          TEXT    NOT NULL CHECK (certificate IN ('none', 'handshake', 'resumed', 'forwarded')),
    fingerprint          BLOB    CHECK (length(fingerprint) = 32), -- of the certificate; NULL: none, or unreadable
    serial               TEXT    NOT NULL, -- of it, in lower-case hexadecimal
    issuer               TEXT    NOT NULL, -- of it
    not_after            INTEGER,          -- of it
    identity             TEXT    NOT NULL, -- whom it names
    method               TEXT    NOT NULL,
    command              TEXT    NOT NULL, -- Cmd, 'Sync'; '' for OPTIONS and GET
    user_name            TEXT    NOT NULL, -- User as sent
    device_id            TEXT    NOT NULL, -- DeviceId as sent
    device_type          TEXT    NOT NULL, -- DeviceType as sent
    agent                TEXT    NOT NULL, -- User-Agent
    version              INTEGER NOT NULL, -- protocol version times ten; 0: not said
    query                TEXT    NOT NULL CHECK (query IN ('', 'plain', 'base64')), -- how the query was written
    policy_key           INTEGER,          -- NULL: none was sent
    authorization_scheme TEXT    NOT NULL, -- 'Basic'
    authorization_user   TEXT    NOT NULL, -- who logs in by it; the password is never kept
    asked                INTEGER NOT NULL CHECK (asked IN (0, 1)),   -- 1: a handshake in which a certificate was asked
                                                                     -- for and none came
    cut_off              INTEGER NOT NULL CHECK (cut_off IN (0, 1)), -- 1: the body did not come
    body                 INTEGER NOT NULL, -- bytes of the body that were announced; 0: none, or not known
    reason               TEXT    NOT NULL, -- of the verdict; '' for a handshake
    detail               TEXT    NOT NULL, -- clause and what exactly; why the handshake failed
    http                 INTEGER NOT NULL, -- status that was answered; 0: none
    status               INTEGER NOT NULL  -- EAS Status in the answer; 0: none
) STRICT;
CREATE INDEX sighting_of_device ON sighting (device, id);
CREATE INDEX sighting_oldest ON sighting (at, id);

-- The words of devices are searched as those of links and certificates are.
CREATE TABLE searched_word (
    kind       TEXT    NOT NULL CHECK (kind IN ('link', 'certificate', 'device')),
    object_id  TEXT    NOT NULL, -- link.id, certificate.serial or device.id
    word       TEXT    NOT NULL,
    created_at INTEGER NOT NULL, -- of the object, for the order
    PRIMARY KEY (kind, object_id, word)
) STRICT, WITHOUT ROWID;
INSERT INTO searched_word (kind, object_id, word, created_at)
SELECT kind, object_id, word, created_at FROM search_word;
DROP TABLE search_word;
ALTER TABLE searched_word RENAME TO search_word;
CREATE INDEX search_word_order ON search_word (kind, word, created_at, object_id);
