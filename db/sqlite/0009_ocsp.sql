-- OCSP answers that were signed once and are given out until they are old, and what finds the responder's own
-- certificates.

CREATE TABLE ocsp_answer (
    serial      TEXT    NOT NULL REFERENCES certificate (serial),
    hash        TEXT    NOT NULL CHECK (hash IN ('sha1', 'sha256')), -- of the CertID in question and answer
    response    BLOB    NOT NULL, -- DER of the OCSPResponse; written by ocsp_store_put(), as are the times
    this_update INTEGER NOT NULL, -- when the state of the certificate was read
    next_update INTEGER NOT NULL CHECK (next_update > this_update), -- not to be given out from then on
    PRIMARY KEY (serial, hash)
) STRICT;
CREATE INDEX ocsp_answer_ending ON ocsp_answer (next_update);

-- Whoever changes the state of a certificate, by whatever statement, in whatever process, drops what was said about
-- it in the same transaction.
CREATE TRIGGER ocsp_answer_outdated AFTER UPDATE OF state ON certificate WHEN OLD.state <> NEW.state BEGIN
    DELETE FROM ocsp_answer WHERE serial = NEW.serial;
END;

CREATE INDEX certificate_responder ON certificate (reserved_at, serial) WHERE profile = 'ocsp';
