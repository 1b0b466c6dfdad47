-- What is remembered of a device's provisioning is more than two keys: for which decision each key stands, what the
-- device said last, how often it was sent to Provision. It is one text that eas/provision.h writes and reads, always
-- as a whole. Keys of before are forgotten: each device is sent to Provision once.
ALTER TABLE device ADD COLUMN provisioning TEXT NOT NULL DEFAULT ''; -- device_store_provision(): the state; '' before
                                                                     -- the first challenge
ALTER TABLE device DROP COLUMN policy_offered;
ALTER TABLE device DROP COLUMN policy_agreed;
