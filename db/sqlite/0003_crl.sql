-- Revocation lists: what each CA has published, and how many revocations there were, so that whoever
-- publishes knows whether a list is due, also when another process revoked.

CREATE TABLE crl (
    issuer       TEXT    NOT NULL PRIMARY KEY CHECK (issuer IN ('root', 'issuing')),
    last_number  INTEGER NOT NULL, -- crl_store_take_number(): given out, durable before it is signed
    changes      INTEGER NOT NULL, -- revocations of its certificates so far; the trigger below
    covered      INTEGER NOT NULL, -- changes that the list shows; crl_store_published(), as all below
    number       INTEGER NOT NULL, -- of the published list; 0: none was published
    this_update  INTEGER NOT NULL, -- of the published list
    next_update  INTEGER NOT NULL, -- of the published list
    entries      INTEGER NOT NULL, -- of the published list
    published_at INTEGER NOT NULL, -- 0: never
    built_in     INTEGER NOT NULL  -- milliseconds that it took to make
) STRICT, WITHOUT ROWID;
INSERT INTO crl (issuer, last_number, changes, covered, number, this_update, next_update, entries,
    published_at, built_in)
SELECT issuer,
    COALESCE((SELECT CAST(value AS INTEGER) FROM setting WHERE key = 'crl.' || issuer || '.number'), 0),
    (SELECT count(*) FROM certificate WHERE certificate.issuer = names.issuer AND state = 'revoked'),
    0, 0, 0, 0, 0, 0, 0
FROM (SELECT 'root' AS issuer UNION ALL SELECT 'issuing') AS names;
DELETE FROM setting WHERE key IN ('crl.root.number', 'crl.issuing.number');

CREATE TRIGGER certificate_revoked_counts AFTER UPDATE OF state ON certificate
    WHEN NEW.state = 'revoked' AND OLD.state <> 'revoked' BEGIN
    UPDATE crl SET changes = changes + 1 WHERE issuer = NEW.issuer;
END;

-- A list is read from this index alone: the rows themselves, with the certificates, are fifty times
-- as long.
DROP INDEX certificate_revoked;
CREATE INDEX certificate_revoked ON certificate (issuer, not_after, serial, revoked_at, reason)
    WHERE revoked_at IS NOT NULL;
