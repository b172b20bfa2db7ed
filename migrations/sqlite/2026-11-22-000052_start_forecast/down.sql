DROP TABLE start_forecast;
