CREATE FUNCTION opportunities.issue_quote(
	opportunity_id bigint, confirm boolean DEFAULT false, relation regclass DEFAULT NULL)
	RETURNS bigint
	LANGUAGE c AS 'MODULE_PATHNAME', 'issue_quote';
COMMENT ON FUNCTION opportunities.issue_quote(bigint, boolean, regclass) IS
	'Makes a quote of an opportunity, with its lines as they stand, else with one line of its amount, and gives the document''s id.
confirm: as a confirmed one, with a number; else a draft. relation: the table that the opportunity is in, default opportunity on the search_path; the tables of documents stand beside it.
Errors: P0002 not_found; 23514 nothing_to_issue; 42501 not_allowed; 22004 argument_missing; 42P01 unknown_relation, relation_missing; 42809 not_a_table; and those of the table document.';

CREATE FUNCTION opportunities.issue_invoice(
	opportunity_id bigint, confirm boolean DEFAULT false, relation regclass DEFAULT NULL)
	RETURNS bigint
	LANGUAGE c AS 'MODULE_PATHNAME', 'issue_invoice';
COMMENT ON FUNCTION opportunities.issue_invoice(bigint, boolean, regclass) IS
	'Makes an invoice of an opportunity, with its lines as they stand, else with one line of its amount, and gives the document''s id.
confirm: as a confirmed one, with a number; else a draft. relation: the table that the opportunity is in, default opportunity on the search_path; the tables of documents stand beside it.
Errors: P0002 not_found; 23514 nothing_to_issue; 42501 not_allowed; 22004 argument_missing; 42P01 unknown_relation, relation_missing; 42809 not_a_table; and those of the table document.';

CREATE FUNCTION opportunities.invoice_quote(
	quote_id bigint, confirm boolean DEFAULT false, share numeric DEFAULT NULL, lines jsonb DEFAULT NULL,
	relation regclass DEFAULT NULL)
	RETURNS bigint
	LANGUAGE c AS 'MODULE_PATHNAME', 'invoice_quote_0_2';
COMMENT ON FUNCTION opportunities.invoice_quote(bigint, boolean, numeric, jsonb, regclass) IS
	'Makes an invoice of a confirmed quote, of what is left of it or of a part, and gives the invoice''s id. All parts together come to the quote and never to more; voiding an invoice, or deleting its draft, frees its part.
confirm: as a confirmed one, with a number; else a draft. share: of each line, more than 0 and up to 1 of the whole. lines: quantities of lines of the quote, [{"id": 7, "quantity": 2}]; 0 leaves a line out. Neither: what is left. relation: the table of opportunities that the documents stand beside, default opportunity on the search_path.
Errors: P0002 not_found; 23505 already_invoiced; 22023 share_range, share_and_lines, invalid_lines, duplicate_id; 54000 too_many_elements; 23514 nothing_to_issue, source_of_another_kind, source_not_confirmed; 42501 not_allowed; 22004 argument_missing; 42P01 unknown_relation, relation_missing; 42809 not_a_table; and those of the table document.';

CREATE FUNCTION opportunities.issue_return(
	invoice_id bigint, confirm boolean DEFAULT false, relation regclass DEFAULT NULL)
	RETURNS bigint
	LANGUAGE c AS 'MODULE_PATHNAME', 'issue_return';
COMMENT ON FUNCTION opportunities.issue_return(bigint, boolean, regclass) IS
	'Makes a return of all lines of a confirmed invoice that confirmed returns have left of it, and gives the return''s id. For a part, edit the lines of the draft.
confirm: as a confirmed one, with a number; else a draft. relation: the table of opportunities that the documents stand beside, default opportunity on the search_path.
Errors: P0002 not_found; 23514 nothing_to_return, source_of_another_kind, source_not_confirmed, return_exceeds_invoice; 42501 not_allowed; 22004 argument_missing; 42P01 unknown_relation, relation_missing; 42809 not_a_table; and those of the table document.';
