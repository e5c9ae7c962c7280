/** Lists the licences of all dependencies: `npm run licences`; `--help` tells its options. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flag, readCommandLine } from '@storefront/platform/process/command-line.ts';
import { repository } from '../config.ts';
import { type LockedPackage, readLock } from './lock.ts';

/** The licences that dependencies may have without a decision. All but the last two are permissive. */
export const knownLicences: ReadonlySet<string> = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-3-Clause',
  'BSD-2-Clause',
  'BlueOak-1.0.0',
  '0BSD',
  'MIT-0',
  'Python-2.0',
  'CC-BY-4.0',
  'Unlicense',
  'CC0-1.0',
  'WTFPL',
  // For each file as it is: what is built on it stays free of it.
  'MPL-2.0',
  'Elastic-2.0',
]);

/** The names of the licences in an expression, for example of `(MIT OR Apache-2.0)`. */
export const licencesIn = (expression: string): readonly string[] =>
  expression.match(/[\w.-]+/g)?.filter((word) => !/^(?:OR|AND|WITH)$/.test(word)) ?? [];

/** The page: what ships and what only development needs, by licence, the rarest first. */
export function describeLicences(packages: readonly LockedPackage[]): string {
  return [
    '# Licences of the dependencies',
    '',
    'Made from package-lock.json by `npm run licences`. The Elastic License 2.0 is no open-source licence: it allows use, change and',
    'distribution, but not to offer the software to others as a managed service, nor to remove its notices.',
    '',
    ...section(
      'What ships',
      packages.filter(({ dev }) => !dev),
    ),
    ...section(
      'What only development needs',
      packages.filter(({ dev }) => dev),
    ),
  ].join('\n');
}

function section(title: string, packages: readonly LockedPackage[]): readonly string[] {
  const byLicence = Object.entries(Object.groupBy(packages, ({ license }) => license ?? 'none stated'));
  const rows = byLicence
    .map(([licence, found = []]) => ({ licence, names: [...new Set(found.map(({ name }) => name))] }))
    .toSorted((one, other) => one.names.length - other.names.length || (one.licence < other.licence ? -1 : 1));
  return [
    `## ${title}`,
    '',
    ...rows.flatMap(({ licence, names }) => [`**${licence}** (${names.length}): ${names.join(', ')}`, '']),
  ];
}

if (import.meta.main) {
  const { options } = readCommandLine({
    usage: 'npm run licences',
    does: 'Writes docs/licences.md, the licences of all dependencies, from package-lock.json.',
    options: { check: flag('only say whether the page is fresh; exit code 1 when it is not') },
  });
  const page = join(repository, 'docs', 'licences.md');
  const text = describeLicences(readLock(join(repository, 'package-lock.json')));
  if (!options.check) writeFileSync(page, text);
  else if (readFileSync(page, 'utf8') !== text) {
    process.stderr.write('docs/licences.md is not what package-lock.json says: npm run licences\n');
    process.exitCode = 1;
  }
}
