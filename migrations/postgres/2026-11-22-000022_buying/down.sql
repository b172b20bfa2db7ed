ALTER TABLE order_line DROP COLUMN instead;
DROP TABLE order_fallback;
DROP INDEX purchase_order_continues;
DROP INDEX purchase_order_campaign;
ALTER TABLE purchase_order DROP COLUMN campaign_id;
ALTER TABLE purchase_order DROP COLUMN fallback;
