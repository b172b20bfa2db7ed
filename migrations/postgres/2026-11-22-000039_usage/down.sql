DROP TABLE usage_reading;
DROP TABLE usage_record;
