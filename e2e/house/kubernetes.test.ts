import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeSecretFiles } from '@storefront/stack/src/secret-files.ts';
import { secretsOf } from '@storefront/stack/src/secrets.ts';
import {
  faultsOf,
  kubernetesFolder,
  type Manifest,
  readManifests,
  renderManifests,
  resourcesOf,
  yamlFiles,
} from './manifests.ts';
import { readServices } from './services.ts';

const services = await readServices();
const base = join(kubernetesFolder, 'base');
const written = resourcesOf(base).flatMap(readManifests);
const overlays = ['small', 'production'].map((name) => join(kubernetesFolder, 'overlays', name));
const rendered = overlays.map((folder) => [folder, renderManifests(folder)] as const);
const all = [...written, ...rendered.flatMap(([, manifests]) => manifests ?? [])];

const find = (manifests: readonly Manifest[], kind: string, name: string): Manifest => {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
  if (!found) throw new Error(`there is no ${kind} ${name}`);
  return found;
};
const containerOf = (manifest: Manifest) => manifest.spec.template.spec.containers[0];
const settings = find(written, 'ConfigMap', 'storefront').data ?? {};

describe('the manifests', () => {
  let folder: string;
  let secretNames: readonly string[];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'storefront-kubernetes-'));
    const hosts = { postgres: 'postgres:5432', redis: 'redis:6379', rabbitmq: 'rabbitmq:5672', database: 'storefront' };
    writeSecretFiles(folder, await secretsOf(folder), hosts);
    secretNames = readdirSync(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are YAML, every one', () => {
    const files = yamlFiles(kubernetesFolder);

    expect(files.length).toBeGreaterThan(10);
    expect(files.flatMap(readManifests).length).toBeGreaterThan(files.length);
  });

  it('fit the schemas of Kubernetes, as they are written and as kubectl renders them', () => {
    const misspelled = { ...find(written, 'Service', 'users'), spec: { selectors: {} } };

    expect(faultsOf([...all, ...overlays.flatMap(resourcesOf).flatMap(readManifests)])).toEqual([]);
    expect(faultsOf([misspelled]).join()).toContain('selectors');
  }, 60_000);

  it.each(Object.entries(services))(
    'give %s what it needs and nothing that it does not know',
    (name, { read, port }) => {
      const { env, ports } = containerOf(find(written, 'Deployment', name));
      const named: { name: string; value?: string }[] = env;
      const environment = Object.fromEntries([
        ...Object.entries(settings),
        ...named.map(({ name: key, value }) => [key, value?.replace('/secrets', folder) ?? '10.0.0.1'] as const),
      ]);

      const config = read(environment) as object;

      const known = Object.keys(environment).map((key) => key.replace(/_FILE$/, ''));
      expect(known.filter((key) => !(key in config))).toEqual([]);
      expect(environment['SERVICE_PORT']).toBe(String(port));
      expect(ports).toContainEqual({ name: 'http', containerPort: port });
    },
  );

  it('name each service to the gateway', () => {
    const { env } = containerOf(find(written, 'Deployment', 'gateway'));
    const expected = Object.keys(services).filter((name) => name !== 'gateway');

    expect(env).toContainEqual({ name: 'EXPECTED_SUBGRAPHS', value: expected.join(',') });
  });

  it('hold no secret, and mount only keys that are made', () => {
    const mounted = all
      .flatMap(({ spec }) => spec?.template?.spec?.volumes ?? [])
      .flatMap(({ secret }: { secret?: { items: { key: string }[] } }) => secret?.items ?? [])
      .map(({ key }) => key);

    expect(all.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    expect(mounted.length).toBeGreaterThan(10);
    expect(mounted.filter((key) => !secretNames.includes(key))).toEqual([]);
  });

  it('have a budget, an autoscaler, a service and a migration for each service', () => {
    for (const name of Object.keys(services)) {
      for (const kind of ['Service', 'PodDisruptionBudget', 'HorizontalPodAutoscaler']) find(written, kind, name);
      if (name !== 'gateway') find(written, 'Job', `${name}-migrate`);
    }
  });
});

describe.each(rendered)('%s, where there is kubectl', (_folder, manifests) => {
  const deployments = manifests?.filter(({ kind }) => kind === 'Deployment') ?? [];

  it('runs every service as nobody special, on a file system that it cannot write', () => {
    for (const deployment of deployments) {
      expect(deployment.spec.template.spec.securityContext).toMatchObject({ runAsNonRoot: true });
      expect(containerOf(deployment).securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
    expect(deployments.length).toBe(manifests ? Object.keys(services).length : 0);
  });

  it('asks /health whether to restart it and /ready whether to send it requests', () => {
    for (const deployment of deployments) {
      const { livenessProbe, readinessProbe, startupProbe } = containerOf(deployment);
      const paths = [livenessProbe, readinessProbe, startupProbe].map(({ httpGet }) => httpGet.path);
      expect(paths).toEqual(['/health', '/ready', '/health']);
    }
  });

  it('waits for longer than a service may take to end', () => {
    const source = readFileSync('platform/process/run.ts', 'utf8');
    const hardExitSeconds = Number(/hardExitMs = (\d+)_000/.exec(source)?.[1]);

    for (const deployment of deployments) {
      const { terminationGracePeriodSeconds, containers } = deployment.spec.template.spec;
      const preStopSeconds: number = containers[0].lifecycle.preStop.sleep.seconds;
      expect(terminationGracePeriodSeconds).toBeGreaterThanOrEqual(preStopSeconds + hardExitSeconds + 5);
    }
    expect(hardExitSeconds).toBeGreaterThan(0);
  });

  it('names an address before it uses it', () => {
    for (const deployment of deployments) {
      const names = containerOf(deployment).env.map(({ name }: { name: string }) => name);
      const at = (name: string) => names.indexOf(name);
      if (at('HOST_ADDRESS') >= 0) expect(at('HOST_ADDRESS')).toBeLessThan(at('CONSUL_URL'));
    }
  });
});
