-- What a draft held when its reservation lapsed, to be reserved again: `313:3,248:2`. NULL when nothing lapsed since it
-- reserved something.
ALTER TABLE campaign ADD COLUMN lapsed TEXT;
