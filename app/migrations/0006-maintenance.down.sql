DROP FUNCTION reset_statement_statistics();
DROP FUNCTION drop_invalid_indexes();
DROP FUNCTION delete_expired(integer, integer, integer);
