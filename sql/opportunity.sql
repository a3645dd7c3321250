CREATE FUNCTION opportunities_internal.opportunity_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'opportunity_trigger';
COMMENT ON FUNCTION opportunities_internal.opportunity_trigger() IS
	'Trigger of opportunity, before INSERT or UPDATE of a row: stage, closing, probability, amount, place and stamps. Errors: 23514 and 23503, with the codes of doc/data-model.md.';
