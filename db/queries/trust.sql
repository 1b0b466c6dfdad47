-- name: trust_record
SELECT state FROM certificate WHERE serial = :serial AND issuer = 'issuing';

-- name: trust_change
SELECT coalesce(max(change), 0) FROM revocation;

-- name: trust_oldest_change
SELECT coalesce(min(change), 0) FROM revocation;

-- name: trust_changes_since
SELECT change, serial FROM revocation WHERE change > :after;

-- name: trust_source_get
SELECT anchor, source, etag, modified, signer, number, this_update, next_update, entries, octets, fetched_at, tried_at, try_at,
    failures, error
FROM trust_source WHERE anchor = :anchor AND source = :source;

-- name: trust_source_put
INSERT INTO trust_source (anchor, source, etag, modified, signer, number, this_update, next_update, entries, octets,
    fetched_at, tried_at, try_at, failures, error)
VALUES (:anchor, :source, :etag, :modified, :signer, :number, :this_update, :next_update, :entries, :octets,
    :fetched_at, :tried_at, :try_at, :failures, :error)
ON CONFLICT (anchor, source) DO UPDATE
    SET etag = excluded.etag, modified = excluded.modified, signer = excluded.signer, number = excluded.number,
        this_update = excluded.this_update, next_update = excluded.next_update,
        entries = excluded.entries, octets = excluded.octets, fetched_at = excluded.fetched_at,
        tried_at = excluded.tried_at, try_at = excluded.try_at, failures = excluded.failures,
        error = excluded.error;

-- name: trust_source_next
-- The one behind the given one.
SELECT anchor, source, etag, modified, signer, number, this_update, next_update, entries, octets, fetched_at, tried_at, try_at,
    failures, error
FROM trust_source WHERE (anchor, source) > (:anchor, :source) ORDER BY anchor, source LIMIT 1;

-- name: trust_source_forget
DELETE FROM trust_source WHERE anchor = :anchor AND source = :source;

-- name: trust_crl_put
INSERT INTO trust_crl (anchor, source, der) VALUES (:anchor, :source, :der)
ON CONFLICT (anchor, source) DO UPDATE SET der = excluded.der;

-- name: trust_crl_get
SELECT der FROM trust_crl WHERE anchor = :anchor AND source = :source;
