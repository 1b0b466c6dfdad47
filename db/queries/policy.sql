-- name: policy_put
INSERT INTO policy (name, choice, partial_allowed, external_allowed, legacy_allowed, made_at, made_by, changed_at,
    changed_by)
VALUES (:name, :choice, :partial_allowed, :external_allowed, :legacy_allowed, :changed_at, :changed_by, :changed_at,
    :changed_by)
ON CONFLICT (lower(name)) DO UPDATE SET choice = :choice, partial_allowed = :partial_allowed,
    external_allowed = :external_allowed, legacy_allowed = :legacy_allowed, changed_at = :changed_at,
    changed_by = :changed_by;

-- name: policy_get
SELECT * FROM policy WHERE lower(name) = lower(:name);

-- name: policy_of_user
-- The most exact one: the user, the domain, everybody else.
SELECT * FROM policy WHERE number = coalesce(
    (SELECT policy FROM policy_user WHERE who = lower(:user_name)),
    (SELECT policy FROM policy_user WHERE who = lower(:domain)),
    (SELECT policy FROM policy_user WHERE who = '*'));

-- name: policy_of_who
SELECT * FROM policy WHERE number = (SELECT policy FROM policy_user WHERE who = lower(:who));

-- name: policy_list
SELECT * FROM policy WHERE lower(name) > lower(:after) ORDER BY lower(name) LIMIT :most;

-- name: policy_remove
DELETE FROM policy WHERE number = :number;

-- name: policy_assign
-- Whoever has one keeps it: the caller says which.
INSERT INTO policy_user (who, policy, assigned_at, assigned_by)
VALUES (lower(:who), :policy, :assigned_at, :assigned_by) ON CONFLICT (who) DO NOTHING;

-- name: policy_unassign
DELETE FROM policy_user WHERE who = lower(:who);

-- name: policy_unassign_all
DELETE FROM policy_user WHERE policy = :policy;

-- name: policy_users
-- Without everybody else.
SELECT * FROM policy_user WHERE policy = :policy AND number > :after AND who <> '*' ORDER BY number LIMIT :most;

-- name: policy_users_count
SELECT count(*) FROM policy_user WHERE policy = :policy AND who <> '*';
