/**
 * Changes the key that signs access tokens: `npm run keys:rotate -- FILE`, the file that ACCESS_TOKEN_KEYS_FILE names. The running
 * services see the file change; nothing is restarted.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { jsonWebKeySet } from '@storefront/platform/config/fields.ts';
import { readCommandLine, wholeNumber } from '@storefront/platform/process/command-line.ts';
import { signsFrom } from './identity/key-ring.ts';
import { rotateKeys } from './identity/rotate-keys.ts';

if (import.meta.main) {
  const { words, options } = readCommandLine({
    usage: 'npm run keys:rotate -- FILE',
    does: 'Changes the key that signs access tokens, in the file that ACCESS_TOKEN_KEYS_FILE names; nothing is restarted.',
    options: {
      'publish-seconds': wholeNumber('how long the new key is published before it signs', {
        least: 0,
        most: 7 * 24 * 60 * 60,
        fallback: 360,
      }),
    },
    words: { least: 1, most: 1 },
  });
  const [file = ''] = words;
  const publishSeconds = options['publish-seconds'];
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
