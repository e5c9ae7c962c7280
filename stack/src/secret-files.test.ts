import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeSecretFiles } from './secret-files.ts';
import { secretsOf } from './secrets.ts';

const hosts = { postgres: 'postgres:5432', redis: 'redis:6379', rabbitmq: 'rabbitmq:5672', database: 'storefront' };

describe('the secrets of containers', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'storefront-secrets-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('are made once and stay as they are', async () => {
    const first = writeSecretFiles(folder, await secretsOf(folder), hosts);
    const url = await readFile(join(folder, 'users-database-url'), 'utf8');

    const second = writeSecretFiles(folder, await secretsOf(folder), hosts);

    expect(first).toContain('seed-accounts.json');
    expect(second).toEqual([]);
    expect(await readFile(join(folder, 'users-database-url'), 'utf8')).toBe(url);
    expect(url).toMatch(/^postgres:\/\/users:[\w-]{24}@postgres:5432\/storefront$/);
  });

  it('show the public halves of keys in the key set alone, and private keys to their owner alone', async () => {
    writeSecretFiles(folder, await secretsOf(folder), hosts);

    const { keys } = JSON.parse(await readFile(join(folder, 'internal-jwks.json'), 'utf8')) as {
      keys: Record<string, string>[];
    };

    expect(keys.map(({ kid, d }) => ({ kid, d }))).toEqual([
      { kid: 'gateway', d: undefined },
      { kid: 'orders', d: undefined },
    ]);
    expect((await stat(join(folder, 'orders-signing-key.json'))).mode & 0o077).toBe(0);
  });
});
