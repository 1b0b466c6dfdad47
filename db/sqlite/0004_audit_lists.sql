-- Lists of the audit, newest first, by any of who, what and to which object. The number of a row ends
-- each of these indexes, so that rows of the same second keep their order.
DROP INDEX audit_by_object;
CREATE INDEX audit_newest ON audit (at, id);
CREATE INDEX audit_by_actor ON audit (actor, at, id);
CREATE INDEX audit_by_action ON audit (action, at, id);
CREATE INDEX audit_by_actor_action ON audit (actor, action, at, id);
CREATE INDEX audit_by_object ON audit (object_id, at, id);
