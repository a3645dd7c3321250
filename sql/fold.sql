CREATE FUNCTION opportunities.fold(text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'fold';
COMMENT ON FUNCTION opportunities.fold(text) IS
	'What text search compares: case folded and in compatibility form (Unicode''s NFKC_Casefold), Arabic and Persian letter forms made one, digits in ASCII, vowel marks, tatweel and invisible characters removed, and spaces between letters of the Arabic script and at either end beside one. In a database whose encoding is not UTF8 only ASCII letters are folded.';

CREATE FUNCTION opportunities_internal.contains_text(text, part text) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'contains_text';
COMMENT ON FUNCTION opportunities_internal.contains_text(text, text) IS
	'Whether a text contains another, byte by byte: what compares texts as long as these may be. Filters take it instead of LIKE where the other is a field or long.';
