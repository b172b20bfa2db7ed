DROP TABLE planned_release;
