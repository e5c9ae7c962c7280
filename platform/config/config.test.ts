import { describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { generateSigningKey, publicKeySet } from '../identity/keys.ts';
import { ConfigError, readConfig } from './config.ts';
import { count, flag, host, jsonWebKey, jsonWebKeySet, milliseconds, port, url } from './fields.ts';
import { serviceFields } from './service.ts';

function faultsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (fault) {
    if (fault instanceof ConfigError) return fault.faults;
  }
  throw new Error('expected a ConfigError');
}

describe('the configuration', () => {
  it('has defaults for what every service has, and is frozen', () => {
    const config = readConfig(serviceFields(3001), {});

    expect(config).toEqual({
      NODE_ENV: 'development',
      LOG_LEVEL: 'info',
      SERVICE_PORT: 3001,
      SERVICE_HOST: '127.0.0.1',
      SERVICE_ADDRESS: '127.0.0.1',
      CONSUL_URL: 'http://127.0.0.1:8500',
      LOCAL_STACK: false,
      DRAIN_WAIT_MS: 0,
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('takes an empty value for none', () => {
    expect(readConfig({ SERVICE_PORT: port(3001) }, { SERVICE_PORT: '  ' })).toEqual({ SERVICE_PORT: 3001 });
  });

  it('reads a value from the file that NAME_FILE names', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'config-'));
    await writeFile(join(directory, 'url'), 'redis://cache:6379\n');

    const config = readConfig({ REDIS_URL: url('redis') }, { REDIS_URL_FILE: join(directory, 'url') });
    await rm(directory, { recursive: true });

    expect(config.REDIS_URL).toBe('redis://cache:6379');
  });

  it('names every fault at once, and no value', () => {
    const shape = {
      ...serviceFields(3001),
      DATABASE_URL: url('postgres', 'postgresql'),
      REDIS_URL: url('redis'),
      SECRET: z.string().min(30),
      KEY: jsonWebKey(),
    };

    const faults = faultsOf(() =>
      readConfig(shape, {
        NODE_ENV: 'hunter2',
        SERVICE_PORT: '99999',
        LOCAL_STACK: 'yes',
        DATABASE_URL: 'mysql://u:hunter2@db',
        REDIS_URL_FILE: '/nowhere/redis',
        SECRET: 'hunter2',
        KEY: '{"d":"hunter2"}',
      }),
    );

    expect(faults.toSorted()).toEqual([
      'DATABASE_URL: must be a URL that begins with postgres:// or postgresql://',
      'KEY: must be a private Ed25519 JSON Web Key with a kid',
      'LOCAL_STACK: must be true or false',
      'NODE_ENV: must be one of development, production, test',
      'REDIS_URL_FILE: cannot read /nowhere/redis (ENOENT)',
      expect.stringMatching(/^SECRET: /),
      'SERVICE_PORT: must be a port, 0 to 65535',
    ]);
    expect(faults.join()).not.toContain('hunter2');
  });

  it('says which variables are missing', () => {
    expect(faultsOf(() => readConfig({ DATABASE_URL: url('postgres'), REDIS_URL: url('redis') }, {}))).toEqual([
      'DATABASE_URL: is required',
      'REDIS_URL: is required',
    ]);
  });

  it('reads keys', async () => {
    const key = await generateSigningKey('gateway');
    const shape = { KEY: jsonWebKey(), KEYS: jsonWebKeySet() };

    const config = readConfig(shape, { KEY: JSON.stringify(key), KEYS: JSON.stringify(publicKeySet([key])) });

    expect(config).toEqual({ KEY: key, KEYS: publicKeySet([key]) });
  });

  it.each<[string, z.ZodType, unknown]>([
    ['0', port(1), 0],
    ['250', milliseconds(1), 250],
    ['12', count(1), 12],
    ['1', flag(false), true],
    ['false', flag(true), false],
    ['db.internal', host(), 'db.internal'],
  ])('reads %s', (text, field, expected) => {
    expect(readConfig({ FIELD: field }, { FIELD: text })).toEqual({ FIELD: expected });
  });

  it.each<[string, z.ZodType]>([
    ['-1', port(1)],
    ['80.5', port(1)],
    ['1e3', milliseconds(1)],
    ['86400001', milliseconds(1)],
    ['http://x', host()],
    ['http://', url('http')],
    ['not a url', url('http')],
    ['{"keys":[]}', jsonWebKeySet()],
    ['{', jsonWebKey()],
  ])('refuses %s', (text, field) => {
    expect(faultsOf(() => readConfig({ FIELD: field }, { FIELD: text }))).toEqual([
      expect.stringMatching(/^FIELD: must be /),
    ]);
  });
});
