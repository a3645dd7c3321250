// Tests of an application with node's test runner, as doc/testing.md has them, by a role that is no superuser: two files at a time.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import pg from 'pg'

const server = new pg.Client({ database: 'postgres' })
await server.connect()
await server.query('DROP DATABASE IF EXISTS app_test WITH (FORCE)')
await server.query('DROP ROLE IF EXISTS clients_owner')
await server.query('CREATE ROLE clients_owner LOGIN CREATEDB')
const folder = mkdtempSync(join(tmpdir(), 'testing'))
const run = (...command) => execFileSync(process.execPath, command, { cwd: folder, stdio: 'inherit', env: { ...process.env, PGUSER: 'clients_owner' } })
try {
	execFileSync('test/clients/page-files', ['doc/testing.md', folder])
	symlinkSync(resolve('test/clients/node_modules'), join(folder, 'node_modules'))
	copyFileSync(join(folder, 'test/deals.mjs'), join(folder, 'test/more.mjs'))
	run('support/template.mjs')
	run('--test', 'test/')
} finally {
	rmSync(folder, { recursive: true })
}
await server.query('DROP DATABASE app_test')
await server.query('DROP ROLE clients_owner')
await server.end()
