DROP INDEX owned_phone_number_renewals;
CREATE INDEX owned_phone_number_renewals ON owned_phone_number (renews_on) WHERE released_at IS NULL AND lost_at IS NULL;
DROP TABLE spend_outlook;
DROP TABLE spend_cell;
DROP TABLE spend_part;
DROP TABLE spend_month;
DROP TABLE month_touched;
