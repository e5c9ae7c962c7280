import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readConfig } from '@storefront/platform/config/config.ts';
import { url } from '@storefront/platform/config/fields.ts';
import { writeSecretFiles } from '@storefront/stack/src/secret-files.ts';
import { secretsOf } from '@storefront/stack/src/secrets.ts';
import { nodeOptionsOf } from '@storefront/stack/src/services.ts';
import { parse } from 'yaml';
import { missingVariables, readServices } from './services.ts';

interface ComposeService {
  command?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  user?: string;
  healthcheck?: object;
  profiles?: string[];
}

const text = readFileSync('docker-compose.yml', 'utf8');
const compose = parse(text, { merge: true }) as { services: Record<string, ComposeService>; volumes: object };

const documentedPorts = {
  postgres: [5432],
  redis: [6379],
  rabbitmq: [5672, 15672],
  consul: [8500],
};

const services = await readServices();

function portsOf(service: ComposeService | undefined): number[] {
  return (service?.ports ?? []).map((port) => {
    const [host, container] = port.split(':').slice(-2).map(Number);
    expect(host).toBe(container);
    return container ?? 0;
  });
}

/** A value that is empty unless whoever starts the containers has set it. */
const fromOutside = /^\$\{\w+:-\}$/;

describe('docker-compose.yml', () => {
  it('can tell when a service misses a variable', () => {
    expect(missingVariables(() => readConfig({ DATABASE_URL: url('postgres') }, {}), {})).toEqual(['DATABASE_URL']);
  });

  it.each(Object.entries(services))('gives %s every variable that it requires', (name, { read }) => {
    expect(missingVariables(read, compose.services[name]?.environment ?? {})).toEqual([]);
  });

  it.each(Object.entries(services))('opens the documented port of %s, and tells it the same', (name, { port }) => {
    expect(portsOf(compose.services[name])).toEqual([port]);
    expect(compose.services[name]?.environment?.['SERVICE_PORT']).toBe(String(port));
  });

  it.each(Object.entries(documentedPorts))('opens the documented ports of %s', (name, ports) => {
    expect(portsOf(compose.services[name])).toEqual(ports);
  });

  it('starts the gateway as the launcher, the image and the manifests do', () => {
    const options = nodeOptionsOf('gateway');
    const entry = 'supergraph/src/main.ts';
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    const inImage = /^CMD (\[.+\])$/m.exec(readFileSync('Dockerfile', 'utf8'))?.[1] ?? '[]';
    const inCluster = /command: (\[node.+\])$/m.exec(readFileSync('deploy/kubernetes/base/gateway.yaml', 'utf8'))?.[1];

    expect(options.length).toBeGreaterThan(0);
    expect(compose.services['gateway']?.command).toEqual(['node', ...options, entry]);
    expect(scripts['gateway']?.split(' ')).toEqual(['node', ...options, entry]);
    expect(JSON.parse(inImage)).toEqual(['node', ...options, entry]);
    expect(parse(inCluster ?? '')).toEqual(['node', ...options, entry]);
  });

  it('opens ports to this machine alone', () => {
    const open = Object.values(compose.services).flatMap(({ ports = [] }) => ports);

    expect(open.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('checks the health of all that stays running', () => {
    const unchecked = Object.entries(compose.services).filter(
      ([, service]) => !service.healthcheck && !service.profiles,
    );

    expect(unchecked.map(([name]) => name)).toEqual(['secrets', 'provision']);
  });

  it('holds no secret', () => {
    const values = Object.values(compose.services).flatMap(({ environment = {} }) => Object.entries(environment));
    const secret = values.filter(([name]) => /PASSWORD|SECRET|KEY|JWKS|URL/.test(name) && name !== 'CONSUL_URL');

    expect(secret.length).toBeGreaterThan(0);
    const isHere = ([name, value]: [string, string]) =>
      !fromOutside.test(value) && (!name.endsWith('_FILE') || !value.startsWith('/secrets/'));
    expect(secret.filter(isHere)).toEqual([]);
  });

  describe('with the files that its secrets job writes', () => {
    let folder: string;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'storefront-compose-'));
      const hosts = {
        postgres: 'postgres:5432',
        redis: 'redis:6379',
        rabbitmq: 'rabbitmq:5672',
        database: 'storefront',
      };
      writeSecretFiles(folder, await secretsOf(folder), hosts);
    });

    afterAll(() => rmSync(folder, { recursive: true }));

    it('names no file that is not there', () => {
      const named = [...text.matchAll(/\/secrets\/([\w.-]+)/g)].map(([, name]) => name ?? '');

      expect(named.length).toBeGreaterThan(10);
      expect(named.filter((name) => !existsSync(join(folder, name)))).toEqual([]);
    });

    it.each(Object.entries(services))('configures %s', (name, { read }) => {
      const given = Object.entries(compose.services[name]?.environment ?? {});
      const environment = Object.fromEntries(
        given.map(([key, value]) => [key, value.replace('/secrets', folder).replace(fromOutside, '')]),
      );

      expect(() => read(environment)).not.toThrow();
    });
  });
});
