-- name: ocsp_find
SELECT response, this_update, next_update FROM ocsp_answer WHERE serial = :serial AND hash = :hash;

-- name: ocsp_put
-- Only while the certificate is in the state that was signed: an answer that was being signed during a revocation
-- never comes back after it.
INSERT INTO ocsp_answer (serial, hash, response, this_update, next_update)
SELECT serial, :hash, :response, :this_update, :next_update FROM certificate
WHERE serial = :serial AND state = :state AND COALESCE(revoked_at, 0) = :revoked_at
    AND COALESCE(reason, 0) = :reason
ON CONFLICT (serial, hash) DO UPDATE
    SET response = excluded.response, this_update = excluded.this_update,
        next_update = excluded.next_update;

-- name: ocsp_forget_ended
DELETE FROM ocsp_answer
WHERE rowid IN (SELECT rowid FROM ocsp_answer WHERE next_update <= :now LIMIT :most);

-- name: ocsp_responders_since
SELECT COUNT(*) FROM certificate WHERE profile = 'ocsp' AND reserved_at > :since;

-- name: ocsp_responder
SELECT not_before, not_after FROM certificate
WHERE profile = 'ocsp' AND state = 'issued' ORDER BY reserved_at DESC, serial DESC LIMIT 1;
