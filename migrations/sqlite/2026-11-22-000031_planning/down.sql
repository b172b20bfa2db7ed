DROP TABLE campaign_rule;
UPDATE campaign SET strategy = 'simple' WHERE strategy = 'best';
ALTER TABLE organization DROP COLUMN default_strategy;
