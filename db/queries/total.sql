-- name: total_certificates
-- Of one profile and state, by the day on which they expire.
SELECT COALESCE(SUM(total), 0) FROM certificate_total
WHERE profile = :profile AND state = :state AND day >= :from_day AND day < :to_day;

-- name: total_acts
SELECT day, action, total FROM audit_total WHERE day >= :from_day ORDER BY day, action;
