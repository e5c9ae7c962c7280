/**
 * The databases for containers: `node stack/src/provision.ts FOLDER` gives each subgraph its schema and role,
 * with the passwords that secrets.ts put into FOLDER. ADMIN_DATABASE_URL (or _FILE) names the server; default: the
 * address in FOLDER.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { textOf } from './fault.ts';
import { secretsOf } from './secrets.ts';
import { provisionDatabases } from './services.ts';
import { subgraphNames } from './subgraphs.ts';

if (import.meta.main) {
  try {
    const {
      positionals: [folder = '/secrets'],
    } = parseArgs({ allowPositionals: true });
    const file = process.env['ADMIN_DATABASE_URL_FILE'] || join(folder, 'admin-database-url');
    const adminUrl = process.env['ADMIN_DATABASE_URL'] || readFileSync(file, 'utf8').trim();
    await provisionDatabases(adminUrl, (await secretsOf(folder)).databasePasswords);
    process.stdout.write(`${subgraphNames.join(', ')} have their schema and role\n`);
  } catch (error) {
    process.stderr.write(`${textOf(error)}\n`);
    process.exitCode = 1;
  }
}
