ALTER TABLE purchase_order DROP COLUMN messaging_service_id;
