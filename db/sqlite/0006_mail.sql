-- Mail that waits to be sent, and what became of it. A mail is never removed from here.
CREATE TABLE mail (
    id          TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''), -- may be shown and logged
    kind        TEXT    NOT NULL CHECK (kind IN ('link', 'ca', 'expiry', 'digest')),
    recipient   TEXT    NOT NULL CHECK (recipient <> ''), -- one address
    language    TEXT    NOT NULL,        -- RFC 5646 tag
    message_id  TEXT    NOT NULL UNIQUE, -- Message-ID without brackets: the same at every attempt
    link_id     TEXT REFERENCES link (id),            -- the link it holds; NULL for other kinds
    serial      TEXT REFERENCES certificate (serial), -- the certificate it is about, or NULL
    created_at  INTEGER NOT NULL,
    created_by  TEXT    NOT NULL, -- the actor who asked for it
    give_up_at  INTEGER NOT NULL, -- not tried from then on; later by mail_store_retry()
    keep_until  INTEGER NOT NULL, -- the text is erased then, whatever became of it
    state       TEXT    NOT NULL DEFAULT 'queued'
                CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unsure', 'cancelled')),
    next_at     INTEGER, -- when it is tried; mail_store_again(), _retry(), _release()
    tries       INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0), -- mail_store_begin(); never falls
    lease_until INTEGER, -- mail_store_begin(): no other try before
    ending_at   INTEGER, -- mail_store_note_ending(): the server may have it since then
    error       TEXT    NOT NULL DEFAULT '', -- of the last try; no secret
    done_at     INTEGER, -- mail_store_finish(), _cancel()
    sealed      BLOB,    -- the whole mail, sealed under the master key; NULL once erased
    CHECK ((state = 'queued') = (next_at IS NOT NULL)),
    CHECK ((state = 'sending') = (lease_until IS NOT NULL)),
    CHECK ((state IN ('queued', 'sending')) = (done_at IS NULL)),
    CHECK (state NOT IN ('queued', 'sending') OR sealed IS NOT NULL),
    CHECK (state NOT IN ('sent', 'cancelled') OR sealed IS NULL)
) STRICT;
CREATE INDEX mail_newest ON mail (created_at, id);
CREATE INDEX mail_by_state ON mail (state, created_at, id);
CREATE INDEX mail_due ON mail (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX mail_leased ON mail (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX mail_kept ON mail (keep_until) WHERE sealed IS NOT NULL AND done_at IS NOT NULL;
CREATE INDEX mail_by_link ON mail (link_id) WHERE link_id IS NOT NULL;
CREATE INDEX mail_by_serial ON mail (serial) WHERE serial IS NOT NULL;

-- How many mails stand in each state, kept by the triggers below so that asking costs nothing.
CREATE TABLE mail_total (
    state TEXT    NOT NULL PRIMARY KEY, -- as mail.state
    total INTEGER NOT NULL CHECK (total >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO mail_total (state, total) VALUES
    ('queued', 0), ('sending', 0), ('sent', 0), ('failed', 0), ('unsure', 0), ('cancelled', 0);
CREATE TRIGGER mail_counted_in AFTER INSERT ON mail BEGIN
    UPDATE mail_total SET total = total + 1 WHERE state = NEW.state;
END;
CREATE TRIGGER mail_counted_over AFTER UPDATE ON mail WHEN OLD.state <> NEW.state BEGIN
    UPDATE mail_total SET total = total - 1 WHERE state = OLD.state;
    UPDATE mail_total SET total = total + 1 WHERE state = NEW.state;
END;
CREATE TRIGGER mail_counted_out AFTER DELETE ON mail BEGIN
    UPDATE mail_total SET total = total - 1 WHERE state = OLD.state;
END;

-- What will end soon, in the order in which it ends.
CREATE INDEX certificate_expiring ON certificate (not_after, serial)
    WHERE issued_at IS NOT NULL AND revoked_at IS NULL AND profile = 'user';
