-- Anybody can make sightings of a device whose user and DeviceId he knows, without its certificate. They may not push out
-- those with it: see sighting_delete_surplus_unproven.
CREATE INDEX sighting_unproven ON sighting (device, id) WHERE certificate = 'none';
