CREATE FUNCTION opportunities.check_crm(schema name DEFAULT 'crm')
	RETURNS TABLE (code text, object text, row_id text, problem text)
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'check_crm';
COMMENT ON FUNCTION opportunities.check_crm(name) IS
	'What is wrong in a schema that create_crm made: tables, columns, constraints, indexes and triggers that are missing or changed, and rows that got past the triggers. Where saved_filter stands alone, it alone is checked. No row: all is well; advice is a NOTICE. Errors: 3F000 unknown_schema; 22004 argument_missing.';

CREATE FUNCTION opportunities.repair_crm(schema name DEFAULT 'crm')
	RETURNS TABLE (code text, object text, row_id text, problem text)
	LANGUAGE c AS 'MODULE_PATHNAME', 'repair_crm';
COMMENT ON FUNCTION opportunities.repair_crm(name) IS
	'Puts right what check_crm finds in rows and what other rows tell the right value of, as after writes of a replica: sums, realized amounts, closing days, the last activity, currency codes. Only the owner of the tables may. A row for each thing that was put right. Errors: 3F000 unknown_schema; 22004 argument_missing; 55000 crm_damaged; 42501.';

CREATE FUNCTION opportunities.follow_ids(schema name DEFAULT 'crm')
	RETURNS TABLE (code text, object text, row_id text, problem text)
	LANGUAGE c AS 'MODULE_PATHNAME', 'follow_ids';
COMMENT ON FUNCTION opportunities.follow_ids(name) IS
	'Lets the identities of a schema''s tables go on behind the largest id that a row has, as after an import of rows with their ids: a row for each that lagged, with that id. Where one lags, writers of its table wait until the end of the transaction. Only the owner of the tables may. Errors: 3F000 unknown_schema; 22004 argument_missing; 42501.';
