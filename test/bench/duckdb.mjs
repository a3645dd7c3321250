// Queries in DuckDB, a columnar engine in memory, of rows on standard input as CSV:
// node duckdb.mjs COLUMNS THREADS NAME QUERY …, the columns as DuckDB's read_csv takes them; the table is called t.
import { DuckDBInstance } from '@duckdb/node-api';
import { createWriteStream, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const [columns, threads, ...queries] = process.argv.slice(2);
const file = join(tmpdir(), `duckdb-${process.pid}.csv`);
await pipeline(process.stdin, createWriteStream(file));

const connection = await (await DuckDBInstance.create()).connect();
await connection.run(`CREATE TABLE t AS SELECT * FROM read_csv('${file}', header = false, columns = ${columns})`);
rmSync(file);
await connection.run(`SET threads = ${threads}`);
while (queries.length > 0) {
	const [name, query] = queries.splice(0, 2);
	const times = [];
	for (let run = 0; run < 22; run++) {
		const began = performance.now();
		await connection.runAndReadAll(query);
		if (run > 0) times.push(performance.now() - began);
	}
	console.log(`DuckDB, ${threads} thread(s), ${name}: ${times.sort((a, b) => a - b)[10].toFixed(2)} ms`);
}
