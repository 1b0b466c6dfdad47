-- The first schema. A migration is never changed once it is released: what comes next is 0002.
--
-- Times are whole seconds since 1970-01-01 UTC; a time that is NULL has not come. Texts are UTF-8; a
-- text that may be unknown is '' unless it refers to another row. "Written by" names the function of
-- the store that sets a column; what is not named is set once when the row is made.

CREATE TABLE setting (
    key        TEXT    NOT NULL PRIMARY KEY CHECK (key <> ''), -- what it is: 'crl.issuing.number'
    value      TEXT    NOT NULL,                               -- never a secret
    changed_at INTEGER NOT NULL                                -- when it was last set
) STRICT, WITHOUT ROWID;

CREATE TABLE operator (
    name          TEXT    NOT NULL PRIMARY KEY CHECK (name <> ''), -- as typed; unique in any case
    role          TEXT    NOT NULL CHECK (role IN ('admin', 'helpdesk', 'auditor')),
    password_hash TEXT    NOT NULL,                                -- says its algorithm and cost itself
    must_change   INTEGER NOT NULL CHECK (must_change IN (0, 1)),  -- 1: somebody else gave the password
    created_at    INTEGER NOT NULL,
    password_at   INTEGER NOT NULL, -- last operator_store_set_password()
    disabled_at   INTEGER           -- operator_store_disable(); NULL while log-in is allowed
) STRICT;
CREATE UNIQUE INDEX operator_by_name ON operator (lower(name));

CREATE TABLE certificate (
    serial      TEXT    NOT NULL PRIMARY KEY -- hexadecimal, lower case, without leading 00
                CHECK (serial <> '' AND serial NOT GLOB '*[^0-9a-f]*'),
    issuer      TEXT    NOT NULL CHECK (issuer IN ('root', 'issuing')), -- which of our CAs signs
    profile     TEXT    NOT NULL
                CHECK (profile IN ('root', 'issuing', 'user', 'server', 'operator', 'ocsp')),
    user_name   TEXT    NOT NULL, -- whom it is for: user name or UPN; a DNS name for servers
    person_name TEXT    NOT NULL, -- for people to read
    mail        TEXT    NOT NULL, -- rfc822Name
    device      TEXT    NOT NULL, -- label the help-desk gave
    not_before  INTEGER NOT NULL,
    not_after   INTEGER NOT NULL CHECK (not_after >= not_before),
    state       TEXT    NOT NULL CHECK (state IN ('reserved', 'issued', 'abandoned', 'revoked')),
    der         BLOB,             -- certificate_store_complete(); NULL before the signature
    reserved_at INTEGER NOT NULL, -- durable before the signature
    lease_until INTEGER NOT NULL, -- a reserved one is given up after this
    issued_at   INTEGER,          -- certificate_store_complete()
    revoked_at  INTEGER,          -- certificate_store_revoke(), _abandon(), _abandon_overdue()
    reason      INTEGER           -- CRLReason of RFC 5280 5.3.1, with revoked_at
                CHECK (reason BETWEEN 0 AND 10 AND reason <> 7),
    created_by  TEXT    NOT NULL, -- the actor who asked for it
    link_id     TEXT REFERENCES link (id), -- the link that it was claimed by; NULL without one
    CHECK ((state = 'revoked') = (revoked_at IS NOT NULL AND reason IS NOT NULL)),
    CHECK (state <> 'issued' OR (der IS NOT NULL AND issued_at IS NOT NULL))
) STRICT;
CREATE INDEX certificate_newest ON certificate (reserved_at, serial);
CREATE INDEX certificate_by_state ON certificate (state, reserved_at, serial);
CREATE INDEX certificate_by_user ON certificate (lower(user_name), reserved_at, serial);
CREATE INDEX certificate_revoked ON certificate (issuer, not_after, serial) WHERE state = 'revoked';
CREATE INDEX certificate_leased ON certificate (lease_until) WHERE state = 'reserved';
CREATE INDEX certificate_by_link ON certificate (link_id) WHERE link_id IS NOT NULL;

CREATE TABLE link (
    id                TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''), -- may be shown and logged
    token_hash        BLOB    NOT NULL UNIQUE CHECK (length(token_hash) = 32), -- SHA-256
    pin_mac           BLOB    CHECK (length(pin_mac) = 32), -- HMAC under a key that is elsewhere;
                                                            -- dropped by link_store_close()
    wrong_pins        INTEGER NOT NULL DEFAULT 0 CHECK (wrong_pins >= 0), -- link_store_count_wrong_pin()
    user_name         TEXT    NOT NULL CHECK (user_name <> ''), -- user name or UPN
    person_name       TEXT    NOT NULL,
    mail              TEXT    NOT NULL, -- rfc822Name
    sid               TEXT    NOT NULL, -- Active Directory SID
    device            TEXT    NOT NULL, -- label the help-desk gave
    packing           TEXT    NOT NULL CHECK (packing IN ('compat', 'modern')),
    window_seconds    INTEGER NOT NULL CHECK (window_seconds > 0), -- length of the claim window
    created_at        INTEGER NOT NULL,
    created_by        TEXT    NOT NULL,
    expires_at        INTEGER NOT NULL, -- cannot be claimed from then on
    opened_at         INTEGER,          -- link_store_note_opened(): the first time
    opened_count      INTEGER NOT NULL DEFAULT 0,
    claim_lease_until INTEGER,          -- link_store_claim_begin(): nobody else may claim before
    claim_serial      TEXT REFERENCES certificate (serial), -- with it: the serial reserved
    claim_address     TEXT    NOT NULL DEFAULT '',          -- with it: where the claimer came from
    claim_agent       TEXT    NOT NULL DEFAULT '',          -- with it: what the claimer's browser says
    claim_cookie_hash BLOB,             -- with it; dropped by link_store_close()
    claimed_at        INTEGER,          -- link_store_claim_finish()
    window_ends_at    INTEGER,          -- with it; earlier by link_store_cancel() and _close()
    delivered_at      INTEGER,          -- link_store_note_fetch(): the first time
    fetch_count       INTEGER NOT NULL DEFAULT 0,
    in_use_at         INTEGER,          -- link_store_note_in_use(): the first time
    expired_at        INTEGER,          -- link_store_expire()
    locked_at         INTEGER,          -- link_store_count_wrong_pin() at its limit
    cancelled_at      INTEGER,          -- link_store_cancel()
    closed_at         INTEGER,          -- link_store_close(): the bundle was erased
    rearmed_as        TEXT REFERENCES link (id), -- link_store_rearm(): the link in its place
    state             TEXT    NOT NULL GENERATED ALWAYS AS (CASE
                          WHEN in_use_at IS NOT NULL THEN 'in_use'
                          WHEN rearmed_as IS NOT NULL THEN 'rearmed'
                          WHEN cancelled_at IS NOT NULL THEN 'cancelled'
                          WHEN closed_at IS NOT NULL THEN 'closed'
                          WHEN delivered_at IS NOT NULL THEN 'delivered'
                          WHEN claimed_at IS NOT NULL THEN 'claimed'
                          WHEN locked_at IS NOT NULL THEN 'locked'
                          WHEN expired_at IS NOT NULL THEN 'expired'
                          WHEN claim_lease_until IS NOT NULL THEN 'claiming'
                          WHEN opened_at IS NOT NULL THEN 'opened'
                          ELSE 'issued' END) STORED, -- enum link_state, in its order of precedence
    CHECK ((claimed_at IS NULL) = (window_ends_at IS NULL)),
    CHECK (claim_serial IS NOT NULL OR (claimed_at IS NULL AND claim_lease_until IS NULL))
) STRICT;
CREATE INDEX link_newest ON link (created_at, id);
CREATE INDEX link_by_state ON link (state, created_at, id);
CREATE INDEX link_by_serial ON link (claim_serial) WHERE claim_serial IS NOT NULL;
CREATE INDEX link_by_successor ON link (rearmed_as) WHERE rearmed_as IS NOT NULL;
CREATE INDEX link_expiring ON link (expires_at)
    WHERE claimed_at IS NULL AND expired_at IS NULL AND locked_at IS NULL AND cancelled_at IS NULL
        AND rearmed_as IS NULL;
CREATE INDEX link_closing ON link (window_ends_at)
    WHERE closed_at IS NULL AND window_ends_at IS NOT NULL;

-- How many links stand in each state, kept by the triggers below so that asking costs nothing.
CREATE TABLE link_total (
    state TEXT    NOT NULL PRIMARY KEY, -- as link.state
    total INTEGER NOT NULL CHECK (total >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO link_total (state, total) VALUES
    ('issued', 0), ('opened', 0), ('claiming', 0), ('claimed', 0), ('delivered', 0), ('in_use', 0),
    ('expired', 0), ('locked', 0), ('cancelled', 0), ('closed', 0), ('rearmed', 0);
CREATE TRIGGER link_counted_in AFTER INSERT ON link BEGIN
    UPDATE link_total SET total = total + 1 WHERE state = NEW.state;
END;
CREATE TRIGGER link_counted_over AFTER UPDATE ON link WHEN OLD.state <> NEW.state BEGIN
    UPDATE link_total SET total = total - 1 WHERE state = OLD.state;
    UPDATE link_total SET total = total + 1 WHERE state = NEW.state;
END;
CREATE TRIGGER link_counted_out AFTER DELETE ON link BEGIN
    UPDATE link_total SET total = total - 1 WHERE state = OLD.state;
END;

CREATE TABLE bundle (
    link_id       TEXT    NOT NULL PRIMARY KEY REFERENCES link (id),
    ticket_hash   BLOB    NOT NULL UNIQUE CHECK (length(ticket_hash) = 32), -- SHA-256; stays for good
    packing       TEXT    NOT NULL CHECK (packing IN ('compat', 'modern')), -- bundle_store_repack()
    file_sealed   BLOB,             -- the .p12; bundle_store_repack(); NULL once erased
    page_sealed   BLOB,             -- password and ticket; NULL once erased
    repack_sealed BLOB,             -- private key and password; NULL once erased
    etag          TEXT    NOT NULL, -- strong entity tag of the .p12; bundle_store_repack()
    size          INTEGER NOT NULL, -- of the .p12 in bytes; bundle_store_repack()
    created_at    INTEGER NOT NULL,
    erased_at     INTEGER,          -- bundle_store_erase()
    CHECK (erased_at IS NULL
        OR (file_sealed IS NULL AND page_sealed IS NULL AND repack_sealed IS NULL))
) STRICT;

CREATE TABLE audit (
    id          INTEGER NOT NULL PRIMARY KEY, -- 1, 2, 3 and so on without a gap
    at          INTEGER NOT NULL,
    actor       TEXT    NOT NULL, -- who: 'operator:anna'
    action      TEXT    NOT NULL, -- what: 'link.create'
    object_kind TEXT    NOT NULL, -- to what: 'link'
    object_id   TEXT    NOT NULL,
    address     TEXT    NOT NULL, -- from where
    detail      TEXT    NOT NULL CHECK (length(detail) <= 4096), -- one JSON object, no secrets
    hash        BLOB    NOT NULL CHECK (length(hash) = 32) -- SHA-256 over this row and the hash before
) STRICT;
CREATE INDEX audit_by_object ON audit (object_kind, object_id, id);
CREATE TRIGGER audit_only_appends BEFORE INSERT ON audit
    WHEN NEW.id <> (SELECT COALESCE(MAX(id), 0) + 1 FROM audit) BEGIN
    SELECT RAISE(ABORT, 'the audit is only ever appended to');
END;
CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit is only ever appended to');
END;
CREATE TRIGGER audit_never_shrinks BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit is only ever appended to');
END;

-- What lists are searched by: the texts of a row from the start of each of their words on, in lower
-- case and ASCII. Written by search_add() when the row is made.
CREATE TABLE search_word (
    kind       TEXT    NOT NULL CHECK (kind IN ('link', 'certificate')),
    object_id  TEXT    NOT NULL, -- link.id or certificate.serial
    word       TEXT    NOT NULL,
    created_at INTEGER NOT NULL, -- of the object, for the order
    PRIMARY KEY (kind, object_id, word)
) STRICT, WITHOUT ROWID;
CREATE INDEX search_word_order ON search_word (kind, word, created_at, object_id);
