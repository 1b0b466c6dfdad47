-- What the verifier of phones' certificates goes by.

-- Revocations in their order. Whoever keeps the state of certificates in memory reads what came since he looked last.
CREATE TABLE revocation (
    change INTEGER NOT NULL PRIMARY KEY, -- goes up by one, also over rows that are gone
    serial TEXT    NOT NULL              -- as certificate.serial
) STRICT;
-- The newest row stays, so that numbers go on from it; who missed more than the others reads everything anew.
CREATE TRIGGER certificate_revoked_is_noted AFTER UPDATE OF state ON certificate
    WHEN NEW.state = 'revoked' AND OLD.state <> 'revoked' BEGIN
    INSERT INTO revocation (serial) VALUES (NEW.serial);
    DELETE FROM revocation WHERE change <= (SELECT max(change) FROM revocation) - 10000;
END;

-- Where revocation lists of other CAs come from, and what is known of each place. Written by the task of serve.
CREATE TABLE trust_source (
    anchor      TEXT    NOT NULL, -- name of the section in the configuration
    source      TEXT    NOT NULL, -- http address or file name
    etag        TEXT    NOT NULL, -- of the list that is kept; '' when the server gave none
    modified    TEXT    NOT NULL, -- its Last-Modified as it came, or ''; of a file its time and size
    signer      TEXT    NOT NULL, -- SHA-256 of the anchor's certificate when the list was taken, hex; '' when none is kept
    number      INTEGER NOT NULL, -- cRLNumber of the list that is kept; -1 when it has none, or none is kept
    this_update INTEGER NOT NULL, -- of the list that is kept; 0 when none is
    next_update INTEGER NOT NULL, -- the same
    entries     INTEGER NOT NULL, -- certificates in it
    octets      INTEGER NOT NULL, -- its size
    fetched_at  INTEGER NOT NULL, -- when it came or was last found to be the newest; 0: never
    tried_at    INTEGER NOT NULL, -- when it was last asked for; 0: never
    try_at      INTEGER NOT NULL, -- when it is asked for next
    failures    INTEGER NOT NULL, -- in a row
    error       TEXT    NOT NULL, -- what went wrong the last time; '' when it went well
    PRIMARY KEY (anchor, source)
) STRICT, WITHOUT ROWID;

-- The lists themselves, DER, so that a start without network has them.
CREATE TABLE trust_crl (
    anchor TEXT NOT NULL, -- as in trust_source
    source TEXT NOT NULL, -- as in trust_source
    der    BLOB NOT NULL,
    UNIQUE (anchor, source),
    FOREIGN KEY (anchor, source) REFERENCES trust_source (anchor, source) ON DELETE CASCADE
) STRICT;
