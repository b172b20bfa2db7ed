ALTER TABLE campaign DROP COLUMN lapsed;
