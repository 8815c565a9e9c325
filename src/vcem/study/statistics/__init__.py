"""Statistics of readings: ratings in, numbers out; knows neither studies nor pages."""
