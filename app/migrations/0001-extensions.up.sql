-- The parameter group preloads the library; its views are what slow queries are looked up in.
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
-- Datasets are found by a part of their name.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
