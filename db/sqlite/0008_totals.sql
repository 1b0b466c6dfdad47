-- Numbers for the start page. Triggers keep them, so that asking costs the same at a million rows.

-- Certificates by what they are and when they expire: valid ones, those that expire soon, revoked
-- ones are sums over days.
CREATE TABLE certificate_total (
    profile TEXT    NOT NULL, -- as certificate.profile
    state   TEXT    NOT NULL, -- as certificate.state
    day     INTEGER NOT NULL, -- of not_after: whole days since 1970-01-01 UTC
    total   INTEGER NOT NULL CHECK (total >= 0),
    PRIMARY KEY (profile, state, day)
) STRICT, WITHOUT ROWID;
INSERT INTO certificate_total (profile, state, day, total)
SELECT profile, state, not_after / 86400, count(*) FROM certificate GROUP BY 1, 2, 3;
CREATE TRIGGER certificate_counted_in AFTER INSERT ON certificate BEGIN
    INSERT INTO certificate_total (profile, state, day, total)
    VALUES (NEW.profile, NEW.state, NEW.not_after / 86400, 1)
    ON CONFLICT (profile, state, day) DO UPDATE SET total = total + 1;
END;
CREATE TRIGGER certificate_counted_over AFTER UPDATE OF state ON certificate
    WHEN OLD.state <> NEW.state BEGIN
    UPDATE certificate_total SET total = total - 1
    WHERE profile = OLD.profile AND state = OLD.state AND day = OLD.not_after / 86400;
    INSERT INTO certificate_total (profile, state, day, total)
    VALUES (NEW.profile, NEW.state, NEW.not_after / 86400, 1)
    ON CONFLICT (profile, state, day) DO UPDATE SET total = total + 1;
END;

-- Acts by day. Every act has its row in the audit, so this is all that happened.
CREATE TABLE audit_total (
    day    INTEGER NOT NULL, -- of audit.at: whole days since 1970-01-01 UTC
    action TEXT    NOT NULL, -- as audit.action
    total  INTEGER NOT NULL CHECK (total > 0),
    PRIMARY KEY (day, action)
) STRICT, WITHOUT ROWID;
INSERT INTO audit_total (day, action, total)
SELECT at / 86400, action, count(*) FROM audit GROUP BY 1, 2;
CREATE TRIGGER audit_counted AFTER INSERT ON audit BEGIN
    INSERT INTO audit_total (day, action, total) VALUES (NEW.at / 86400, NEW.action, 1)
    ON CONFLICT (day, action) DO UPDATE SET total = total + 1;
END;

-- All that one person was given.
CREATE INDEX link_by_user ON link (lower(user_name), created_at, id);
