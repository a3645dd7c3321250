// The same three totals in DuckDB, from rows on standard input.
import { DuckDBInstance } from '@duckdb/node-api';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const file = join(tmpdir(), `totals-${process.pid}.csv`);
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
writeFileSync(file, Buffer.concat(chunks));

const connection = await (await DuckDBInstance.create()).connect();
await connection.run(`CREATE TABLE narrow AS SELECT * FROM read_csv('${file}', header = false, columns = {
	'stage': 'INTEGER', 'amount': 'DECIMAL(14,2)', 'probability': 'DECIMAL(5,2)', 'realized': 'DECIMAL(14,2)'})`);
rmSync(file);
for (const threads of [1, 2]) {
	await connection.run(`SET threads = ${threads}`);
	const times = [];
	for (let run = 0; run < 8; run++) {
		const began = performance.now();
		await connection.runAndReadAll('SELECT count(*), sum(amount), sum(amount * probability), sum(realized) FROM narrow');
		if (run > 0) times.push(performance.now() - began);
	}
	console.log(`DuckDB, ${threads} thread(s): ${times.sort((a, b) => a - b)[3].toFixed(1)} ms (columnar, in memory)`);
}
