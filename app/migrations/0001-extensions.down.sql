DROP EXTENSION pg_trgm;
DROP EXTENSION pg_stat_statements;
