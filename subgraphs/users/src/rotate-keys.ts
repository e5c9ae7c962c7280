/**
 * Changes the key that signs access tokens: `npm run keys:rotate -- FILE`, the file that ACCESS_TOKEN_KEYS_FILE names. The running
 * services see the file change; nothing is restarted. `--publish-seconds` says how long the new key is published before it signs.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { jsonWebKeySet } from '@storefront/platform/config/fields.ts';
import { signsFrom } from './identity/key-ring.ts';
import { rotateKeys } from './identity/rotate-keys.ts';

if (import.meta.main) {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { 'publish-seconds': { type: 'string', default: '360' } },
  });
  const [file] = positionals;
  const publishSeconds = Number(values['publish-seconds']);
  if (file === undefined || !Number.isInteger(publishSeconds) || publishSeconds < 0) {
    process.stderr.write('npm run keys:rotate -- FILE [--publish-seconds N]\n');
    process.exit(2);
  }
  const before = jsonWebKeySet().parse(readFileSync(file, 'utf8'));
  const after = await rotateKeys(before, { at: new Date(), publishSeconds });
  writeFileSync(`${file}.new`, JSON.stringify(after), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  for (const key of after.keys) {
    const from = signsFrom(key);
    process.stdout.write(
      `${key.kid ?? ''}  ${from === 0 ? 'signs' : `signs from ${new Date(from * 1000).toISOString()}`}\n`,
    );
  }
}
