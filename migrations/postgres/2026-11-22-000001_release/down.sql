DROP TABLE release_line;
DROP TABLE release_request;
