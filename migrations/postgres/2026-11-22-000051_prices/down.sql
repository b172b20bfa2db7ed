DROP TABLE price_check;
DROP TABLE price_change;
