-- What `make demo` shows, in an empty database.
CREATE EXTENSION opportunities CASCADE;

SELECT opportunities.me();
