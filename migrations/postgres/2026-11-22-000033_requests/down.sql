DROP TABLE approval_limit;
DROP TABLE number_request_line;
DROP TABLE number_request;
ALTER TABLE purchase_order DROP COLUMN reserves;
