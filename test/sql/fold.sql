-- fold: what text search compares

\pset null NULL
\pset format unaligned
CREATE SCHEMA test_fold;
SET search_path = test_fold, opportunities;

-- Case, as Unicode folds it for every language alike.
SELECT t AS given, fold(t) AS folded FROM unnest(ARRAY[
	'', 'Deal 42', 'STRASSE', 'Straße', 'ÉCOLE', U&'E\0301cole', 'ΣΊΣΥΦΟΣ', 'Σίσυφος', 'МОСКВА', 'ISTANBUL',
	'ﬁnal', 'ＡＢＣ１２', '№ ½', '東京', U&'a\00ADb\200Bc', 'a{[`@Z^_']) t;

-- Letter forms, digits and signs of Persian and Arabic.
SELECT t AS given, fold(t) AS folded, fold(t) = fold(other) AS same FROM (VALUES
	('علي', 'علی'), ('على', 'علی'), ('كتاب', 'کتاب'), (U&'\FEDB\FE98\FE8E\FE8F', 'کتاب'), ('ﻻله', 'لاله'),
	('آرمان', 'ارمان'), ('أحمد', 'احمد'), ('إيران', 'ایران'), ('ٱلله', 'الله'),
	('مسئول', 'مسیول'), ('سؤال', 'سوال'), ('رئیس', 'رییس'), ('خانۀ', 'خانه'), ('فاطمة', 'فاطمه'),
	('جزء', 'جز'), ('۱۲۳۴۵۶۷۸۹۰', '1234567890'), ('١٢٣٤٥٦٧٨٩٠', '1234567890'), ('۱۲٫۵٪', '12.5%'), ('۱٬۲۰۰', '1,200'),
	('مُحَمَّد', 'محمد'), (U&'\0631\062D\0645\0670\0646', 'رحمن'), ('شـــرکت', 'شرکت'),
	(U&'\0645\06CC\200C\062E\0648\0627\0647\0645', 'میخواهم'), (U&'\200F\0642\202B\0631\2067\0627\2069\202C\0631\061C', 'قرار')) v (t, other);

SELECT t AS given, fold(t) AS folded, fold(t) = fold(other) AS same FROM (VALUES
	('ڪتاب', 'کتاب'), ('ې', 'ی'), ('ێ', 'ی'), ('ۍ', 'ی'), ('ٲ', 'ا'), ('ھوا', 'هوا'), ('كوردستان', 'کوردستان'), ('کۆمپانیا', 'کومپانیا'), ('کوڕ', 'کور'), ('گەڵ', 'گهل')) v (t, other);

-- Between two letters of the Arabic script a space counts as nothing, and at either end beside one; elsewhere it counts.
SELECT to_json(t) AS given, to_json(fold(t)) AS folded FROM unnest(ARRAY['نرم افزار', U&'\0646\0631\0645\200C\0627\0641\0632\0627\0631', 'نرمافزار', 'نرم   افزار', U&'\0646\0631\0645\00A0\0627\0641', U&'\0646\0631\0645\064F \0640 \0627\0641',
	' نرم', 'نرم ', '  نرم  ', 'نرم 2', '۲ نرم', ' ۲ ', ' نرم 2 ', 'نرم a', ' a نرم É ', 'É  نرم', 'نرم، افزار', '(نرم) افزار', 'a  b', ' a ', '  ', U&'\200C ', 'ﷺ', E'نرم\nافزار', 'ݐ ࢠ']) t;

SELECT fold(NULL);

-- What ICU does for all text and what the quick way does for ASCII and Arabic letters is the same: the letter
-- at the end sends the first to ICU. Every letter alone, every letter before every mark, and folding twice.
CREATE TABLE letter AS
	SELECT chr(c) AS l FROM generate_series(1, 127) c
	UNION ALL SELECT chr(c) FROM generate_series(x'0600'::int, x'06FF'::int) c
	UNION ALL SELECT chr(c) FROM generate_series(x'2000'::int, x'206F'::int) c;
CREATE TABLE mark AS SELECT chr(c) AS m FROM generate_series(x'064B'::int, x'065F'::int) c UNION ALL SELECT chr(x'0670'::int);
SELECT count(*) AS compared, count(*) FILTER (WHERE fold(l || 'É') <> fold(l) || 'é') AS different,
	count(*) FILTER (WHERE fold(fold(l)) <> fold(l)) AS unstable FROM letter;
SELECT count(*) AS compared, count(*) FILTER (WHERE fold(l || m) <> fold(l)) AS quick, count(*) FILTER (WHERE fold(l || m || 'É') <> fold(l) || 'é') AS icu
FROM letter, mark;
SELECT count(*) AS compared, count(*) FILTER (WHERE fold(l || chr(c)) <> fold(l)) AS marks
FROM letter, unnest('{1552,1562,1600,1750,1756,1759,1764,1767,1768,1770,1773}'::int[]) c;

-- Every length around the steps of eight, and every place for a letter of more bytes.
SELECT count(*) AS compared, count(*) FILTER (WHERE fold(given) <> expected) AS different FROM (
	SELECT repeat('AbZ', n) || given || repeat('zY@', k) AS given, repeat('abz', n) || expected || repeat('zy@', k) AS expected
	FROM generate_series(0, 9) n, generate_series(0, 9) k,
		(VALUES ('', ''), ('Q', 'q'), ('كي', 'کی'), (U&'\200C', ''), ('É', 'é'), ('€', '€'), ('😀', '😀'), ('ـ', '')) v (given, expected)) x;

-- All characters that Unicode has assigned for long: folding twice changes nothing.
SELECT count(*) AS compared, count(*) FILTER (WHERE fold(fold(chr(c))) <> fold(chr(c))) AS unstable
FROM generate_series(1, x'1FFFF'::int) c WHERE c NOT BETWEEN x'D800'::int AND x'DFFF'::int;

-- Random text of letters that meet badly: folding twice, and folding what is already in another normal form.
DO $$
DECLARE
	seed float8 := random();
	letters text[] := ARRAY['a', 'E', U&'\0301', U&'\0327', 'ـ', U&'\FE71', U&'\0654', 'ا', 'ە', 'ي', U&'\200C', U&'\1E9B', 'ﷺ', '가', 'ᄀ', 'ᅡ', 'İ', 'ß', ' ', ' ', 'م'];
	word text;
BEGIN
	PERFORM setseed(seed);
	FOR i IN 1..20000 LOOP
		SELECT string_agg(letters[1 + floor(random() * cardinality(letters))::int], '') INTO word FROM generate_series(1, 6);
		IF fold(fold(word)) <> fold(word) OR fold(normalize(word, NFD)) <> fold(word) OR fold(normalize(word, NFC)) <> fold(word)
			OR strpos(fold(word), fold(substr(word, 1 + i % 4, 3))) = 0 AND fold(substr(word, 1 + i % 4, 3)) ~ '[^ ]' AND word !~ U&'[\0301\0327\1161\FE71\1E9B]' THEN
			RAISE EXCEPTION 'seed %: %', seed, to_json(word);
		END IF;
	END LOOP;
END $$;

-- Long text, stored out of line.
CREATE TABLE long AS SELECT string_agg(md5(i::text) || ' ÉCOLE علي ', '') AS t FROM generate_series(1, 20000) i;
SELECT length(t) AS given, length(fold(t)) AS folded, fold(t) = rtrim(replace(replace(t, 'ÉCOLE', 'école'), 'علي', 'علی')) AS right FROM long;
SELECT octet_length(fold(repeat('ﷺ', 100000)));

-- Long text is folded in pieces, as its words are alone: every letter, wherever a piece ends.
SELECT count(*) AS compared, count(*) FILTER (WHERE octet_length(whole) < 65536) AS short, count(*) FILTER (WHERE fold(whole) <> parts) AS different FROM (
	SELECT repeat('a', 65400 + n) || string_agg(w, '-') AS whole, repeat('a', 65400 + n) || string_agg(fold(w), '-') AS parts
	FROM generate_series(1, 7) AS n, (SELECT string_agg(l || m, '') AS w FROM letter, mark WHERE l > 'z' GROUP BY l UNION ALL SELECT 'É' UNION ALL SELECT U&'\0301ﷺ') AS words
	GROUP BY n) AS x;
SELECT octet_length(fold(repeat('É', 100000))) AS one_piece, fold(repeat('É', 100000)) = repeat('é', 100000) AS right, fold(repeat('ب ', 100000)) = repeat('ب', 100000) AS joined;

-- So it is where no character is of ASCII: no piece ends between a letter and its marks.
SELECT given, fold(repeat(given, 50000)) = repeat(fold(given), 50000) AS right
FROM unnest(ARRAY[U&'\03B1\0301', U&'\304B\3099', U&'\1112\1161\11AB', U&'\00C9\00AD\0327', U&'\0627\0640\0653\0628', U&'\00C9\FE77\0327', U&'\0415\3164\0308']) AS given;

-- Marks are put in order, in time that grows with their square: many of one letter take no time that no timeout ends.
SET statement_timeout = '20s';
SELECT length(fold('a' || repeat(U&'\064B\0321\0301', 100000)));
RESET statement_timeout;

-- An index can stand on it.
CREATE TABLE deal (title text);
INSERT INTO deal SELECT 'Deal ' || i FROM generate_series(1, 1000) i;
INSERT INTO deal VALUES ('قرارداد ١٢');
CREATE INDEX deal_title ON deal (fold(title) text_pattern_ops);
ANALYZE deal;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT title FROM deal WHERE fold(title) LIKE fold('قرارداد ۱۲') || '%';
SELECT title FROM deal WHERE fold(title) LIKE fold('قرارداد ۱۲') || '%';
RESET enable_seqscan;

SET client_min_messages = warning;
DROP SCHEMA test_fold CASCADE;

-- Where the encoding is another than UTF8, only ASCII letters are folded.
SELECT current_database() AS home \gset
DROP DATABASE IF EXISTS regress_fold_latin1;
CREATE DATABASE regress_fold_latin1 TEMPLATE template0 ENCODING 'LATIN1' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C';
\connect regress_fold_latin1
SET client_encoding = 'UTF8';
SET client_min_messages = warning;
CREATE EXTENSION opportunities;
SELECT opportunities.fold('ÉCOLE Straße ØÙÚ AbZ@[');
SELECT opportunities.create_crm('crm', starter => true);
INSERT INTO crm.opportunity (pipeline_id, title) VALUES (1, 'é') RETURNING id;
\set VERBOSITY terse
INSERT INTO crm.opportunity (pipeline_id, title) VALUES (1, chr(160) || ' ');
\set VERBOSITY default
\connect :home
DROP DATABASE regress_fold_latin1;
