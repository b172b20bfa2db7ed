DROP TABLE give_back_line;
DROP TABLE give_back;
DROP TABLE release_ask;
