CREATE FUNCTION opportunities_internal.document_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'document_trigger';
COMMENT ON FUNCTION opportunities_internal.document_trigger() IS
	'Trigger of document, before INSERT, UPDATE or DELETE of a row: draft, confirmed, void, numbers, sums and stamps. Errors: 23514, 23503, 23505 and 40001, with the codes of doc/data-model.md.';

CREATE FUNCTION opportunities_internal.keep_realized() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'keep_realized';
COMMENT ON FUNCTION opportunities_internal.keep_realized() IS
	'Trigger of document, after INSERT or UPDATE of a row: realized_amount of the opportunity is the total of its confirmed invoices less that of its confirmed returns.';

CREATE FUNCTION opportunities_internal.keep_shares() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'keep_shares';
COMMENT ON FUNCTION opportunities_internal.keep_shares() IS
	'Trigger of document, after UPDATE of a row: its lines have their parts of its discount.';

CREATE FUNCTION opportunities_internal.document_line_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'document_line_trigger';
COMMENT ON FUNCTION opportunities_internal.document_line_trigger() IS
	'Trigger of document_line, before INSERT, UPDATE or DELETE of a row: lines of drafts alone change; price, ranges, net and tax. Errors: 23514, 23503 and 23502, with the codes of doc/data-model.md; 22003 where a number is too large.';

CREATE FUNCTION opportunities_internal.keep_document_sums() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'keep_document_sums';
COMMENT ON FUNCTION opportunities_internal.keep_document_sums() IS
	'Trigger of document_line, after each row, at once for all that a statement writes: net, tax and total of the documents whose lines it wrote.';

CREATE FUNCTION opportunities_internal.payment_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'payment_trigger';
COMMENT ON FUNCTION opportunities_internal.payment_trigger() IS
	'Trigger of payment, before INSERT, UPDATE or DELETE of a row: the opportunity''s currency, a document of the same opportunity, and stamps. Errors: 23514 and 23503, with the codes of doc/data-model.md.';
