import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { describeLicences, knownLicences, licencesIn } from '@storefront/stack/src/supply-chain/licences.ts';
import { readLock } from '@storefront/stack/src/supply-chain/lock.ts';

const packages = readLock();
const labelOf = ({ name, version }: { name: string; version: string }) => `${name}@${version}`;
const { allowScripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { allowScripts: Record<string, boolean> };

describe('the supply chain', () => {
  it('has every dependency locked with a hash that npm ci compares', () => {
    const unsafe = packages.filter(({ integrity }) => !integrity?.startsWith('sha512-'));

    expect(packages.length).toBeGreaterThan(500);
    expect(unsafe.map(labelOf)).toEqual([]);
  });

  it('comes from the registry alone: no address of a tarball or a repository', () => {
    const elsewhere = packages.filter(
      ({ resolved }) => resolved && !resolved.startsWith('https://registry.npmjs.org/'),
    );

    expect(elsewhere.map(labelOf)).toEqual([]);
  });

  it('names each dependency that runs something when it is installed, with yes or no', () => {
    const named = packages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name);

    expect(Object.keys(allowScripts).toSorted()).toEqual([...new Set(named)].toSorted());
    expect(readFileSync('.npmrc', 'utf8')).toContain('strict-allow-scripts=true');
    expect(readFileSync('Dockerfile', 'utf8')).toContain('COPY package.json package-lock.json .npmrc ./');
  });

  it('has no licence that nobody has looked at', () => {
    const unknown = packages.filter(({ license }) => {
      const names = licencesIn(license ?? '');
      return names.length === 0 || !names.every((name) => knownLicences.has(name));
    });

    expect(unknown.map((one) => `${labelOf(one)}: ${one.license}`)).toEqual([]);
  });

  it('has Elastic-2.0 only for what the README says', () => {
    const elastic = packages.filter(({ license }) => license === 'Elastic-2.0').map(({ name }) => name);

    expect(elastic).toEqual([
      '@apollo/composition',
      '@apollo/federation-internals',
      '@apollo/gateway',
      '@apollo/query-graphs',
      '@apollo/query-planner',
    ]);
  });

  it('is listed in docs/licences.md; after a change of the lock: npm run licences', () => {
    expect(readFileSync('docs/licences.md', 'utf8')).toBe(describeLicences(packages));
  });
});
