-- name: crl_get
SELECT issuer, last_number, changes, covered, number, this_update, next_update, entries,
    published_at, built_in
FROM crl WHERE issuer = :issuer;

-- name: crl_take_number
UPDATE crl SET last_number = CASE WHEN last_number < :least THEN :least ELSE last_number + 1 END
WHERE issuer = :issuer
RETURNING last_number;

-- name: crl_make_due
UPDATE crl SET changes = changes + 1 WHERE issuer = :issuer;

-- name: crl_published
UPDATE crl SET covered = :covered, number = :number, this_update = :this_update,
    next_update = :next_update, entries = :entries, published_at = :published_at,
    built_in = :built_in
WHERE issuer = :issuer AND number < :number;
