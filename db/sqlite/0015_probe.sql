-- Probes: what a device really does with policies, found out round by round. A probe outlives its device: what it
-- found out is of a model and a system, and is compared with others long after.

CREATE TABLE probe (
    number         INTEGER PRIMARY KEY AUTOINCREMENT, -- goes up, is never given twice: it is in the decisions that keys
                                                      -- stand for
    id             TEXT    NOT NULL UNIQUE, -- probe_store_create(), as what follows: how people name it
    device         TEXT    NOT NULL, -- device.id
    user_name      TEXT    NOT NULL, -- device.user_name
    version        INTEGER NOT NULL, -- of the protocol, times ten; a device that speaks another one ends the probe
    risk           INTEGER NOT NULL CHECK (risk BETWEEN 0 AND 3), -- of a policy, the most that may be offered
    named          INTEGER NOT NULL, -- policies that cannot be undone and may be offered all the same: bits
    one_by_one     INTEGER NOT NULL CHECK (one_by_one IN (0, 1)), -- no groups
    consent        TEXT    NOT NULL, -- who agreed, and how
    started_at     INTEGER NOT NULL, -- seconds since 1970
    started_by     TEXT    NOT NULL, -- the actor
    state          TEXT    NOT NULL, -- probe_store_change(), as what follows: eas_probe_append() writes it
    outcome        TEXT    NOT NULL, -- eas_probe_outcome_word(): 'running' at first
    stop_reason    TEXT    NOT NULL DEFAULT '', -- why it was stopped: 'operator', 'version', 'unreadable', or ''
    waits_since    INTEGER, -- what the device owes an answer to went out then, seconds; NULL: it did not come yet
    ended_at       INTEGER, -- NULL until the device has the baseline again, or it was waited for long enough
    device_type    TEXT    NOT NULL, -- of the device when it was last seen during the probe, as the next three
    model          TEXT    NOT NULL,
    os             TEXT    NOT NULL,
    agent          TEXT    NOT NULL
) STRICT;
-- One at a time for a device, and what the verifier looks for.
CREATE UNIQUE INDEX probe_open ON probe (device) WHERE ended_at IS NULL;
CREATE INDEX probe_waits ON probe (waits_since) WHERE ended_at IS NULL AND waits_since IS NOT NULL;
CREATE INDEX probe_of_device ON probe (device, number);
CREATE INDEX probe_of_user ON probe (lower(user_name), number);

CREATE TABLE probe_round (
    probe          INTEGER NOT NULL REFERENCES probe (number),
    number         INTEGER NOT NULL, -- within the probe, from 1
    kind           TEXT    NOT NULL, -- eas_probe_kind_word()
    policies       INTEGER NOT NULL, -- at their probe value in the document: bits
    document       BLOB    NOT NULL, -- SHA-256 of the document as the device got it
    offered_at     INTEGER, -- seconds; NULL: it was never fetched
    answered_at    INTEGER, -- NULL: not yet; of silence, when it was not waited for any more
    acknowledgment INTEGER NOT NULL DEFAULT -1, -- 1 to 4 as sent, 5: something else; 0: silence; -1: not yet
    PRIMARY KEY (probe, number)
) STRICT, WITHOUT ROWID;
