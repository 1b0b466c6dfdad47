-- The organisation's own policies, and who gets which. A user without any gets the neutral document, which asks for
-- nothing.

CREATE TABLE policy (
    number           INTEGER PRIMARY KEY AUTOINCREMENT, -- policy_store_put(), as what follows
    name             TEXT    NOT NULL, -- letters, digits, '.', '_' and '-'; in any case the same
    choice           TEXT    NOT NULL, -- what is not neutral, "Element=value" a line: eas_choice_append() writes it
    partial_allowed  INTEGER NOT NULL CHECK (partial_allowed IN (0, 1)),  -- who applies a part is let in
    external_allowed INTEGER NOT NULL CHECK (external_allowed IN (0, 1)), -- who is managed elsewhere is let in
    legacy_allowed   INTEGER NOT NULL CHECK (legacy_allowed IN (0, 1)),   -- who applies nothing is let in
    made_at          INTEGER NOT NULL, -- seconds since 1970
    made_by          TEXT    NOT NULL, -- the actor
    changed_at       INTEGER NOT NULL, -- seconds since 1970
    changed_by       TEXT    NOT NULL  -- the actor
) STRICT;
CREATE UNIQUE INDEX policy_by_name ON policy (lower(name));

CREATE TABLE policy_user (
    number           INTEGER PRIMARY KEY AUTOINCREMENT, -- policy_store_assign(), as what follows; the order of lists
    who              TEXT    NOT NULL UNIQUE, -- in lower case: 'ann@example.org', '@example.org' for all of that
                                              -- domain, '*' for everybody else
    policy           INTEGER NOT NULL REFERENCES policy (number),
    assigned_at      INTEGER NOT NULL, -- seconds since 1970
    assigned_by      TEXT    NOT NULL  -- the actor
) STRICT;
CREATE INDEX policy_user_of ON policy_user (policy, number);
