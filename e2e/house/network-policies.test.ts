import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { kubernetesFolder, type Manifest, readManifests, resourcesOf } from './manifests.ts';
import { readServices } from './services.ts';

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values: string[] }[];
}
interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports: readonly { readonly port: number | string }[];
}
interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
}
interface Policy {
  readonly podSelector: Selector;
  readonly policyTypes: readonly ('Ingress' | 'Egress')[];
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}
type Labels = Readonly<Record<string, string>>;

const services = await readServices();
const written = resourcesOf(join(kubernetesFolder, 'base')).flatMap(readManifests);
const policies = written.flatMap(({ kind, spec }) => (kind === 'NetworkPolicy' ? [spec as Policy] : []));
/** What carries them: the label of the whole is put on by the kustomization. */
const labelsOf = ({ spec }: Manifest): Labels => ({
  ...spec.template.metadata.labels,
  'app.kubernetes.io/part-of': 'storefront',
});
const pods: Readonly<Record<string, Labels>> = Object.fromEntries(
  written
    .filter(({ kind }) => kind === 'Deployment' || kind === 'Job')
    .map((manifest) => [manifest.metadata.name, labelsOf(manifest)]),
);

const selects = ({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
  matchExpressions.every(({ key, operator, values }) => operator === 'In' && values.includes(labels[key] ?? ''));
const rulesFor = (name: string, direction: 'ingress' | 'egress'): readonly Rule[] =>
  policies.filter(({ podSelector }) => selects(podSelector, pods[name] ?? {})).flatMap((one) => one[direction] ?? []);
/** The ports that rules open towards a peer, or with no peer named towards everybody. */
const portsTo = (rules: readonly Rule[], direction: 'from' | 'to', peer: Labels | null) =>
  rules.flatMap((rule) => {
    const peers = rule[direction];
    const isMeant = peer
      ? peers?.some(({ podSelector }) => podSelector && selects(podSelector, peer))
      : peers === undefined;
    return isMeant ? rule.ports.map(({ port }) => port) : [];
  });

/** Where the value of a variable is listened for, with TLS and without. */
const portsOf: Readonly<Record<string, readonly number[]>> = {
  DATABASE_URL: [5432],
  RABBITMQ_URL: [5671, 5672],
  RABBITMQ_MANAGEMENT_URL: [15671, 15672],
  REDIS_URL: [6379],
  SMTP_URL: [587],
  CONSUL_URL: [8500],
};
/** DNS, and OpenTelemetry's collector, which every service can send to. */
const everybodys = [53, 53, 4318];

const inOrder = (ports: readonly (number | string)[]) => ports.map(Number).toSorted((one, other) => one - other);

/** The variables of a service's configuration: it refuses those that it does not know. */
function knownVariables(read: (environment: Record<string, string>) => unknown): readonly string[] {
  const wrong = Object.fromEntries(Object.keys(portsOf).map((name) => [name, 'no URL']));
  try {
    read({ ...wrong, NODE_ENV: 'production' });
    return [];
  } catch (error) {
    const faults = (error as { faults?: readonly string[] }).faults ?? [];
    return Object.keys(portsOf).filter((name) => faults.some((fault) => fault.startsWith(`${name}:`)));
  }
}

describe('the network policies', () => {
  it('let nobody in or out by themselves', () => {
    for (const labels of Object.values(pods)) {
      const own = policies.filter(({ podSelector }) => selects(podSelector, labels));
      expect(own.some((one) => one.policyTypes.length === 2 && !one.ingress && !one.egress)).toBe(true);
    }
    expect(Object.keys(pods).length).toBeGreaterThan(6);
  });

  it('let the gateway speak to each subgraph, orders to products, and nobody else to anybody, from both ends', () => {
    const pairs = Object.keys(pods).flatMap((from) => Object.keys(pods).map((to) => [from, to] as const));

    const open = pairs.filter(([from, to]) => {
      const out = portsTo(rulesFor(from, 'egress'), 'to', pods[to] ?? {});
      const into = portsTo(rulesFor(to, 'ingress'), 'from', pods[from] ?? {});
      expect({ from, to, out }).toEqual({ from, to, out: into });
      return out.length > 0;
    });

    const subgraphs = Object.keys(services).filter((name) => name !== 'gateway');
    const expected = [...subgraphs.map((name) => `gateway ${name}`), 'orders products'];
    expect(open.map((pair) => pair.join(' ')).sort()).toEqual(expected.sort());
  });

  it.each(Object.entries(services))(
    'let %s reach the servers that its configuration knows, and no others',
    (name, { read }) => {
      const known = knownVariables(read);

      const expected = [...everybodys, ...known.flatMap((variable) => portsOf[variable] ?? [])];
      expect(known.length).toBeGreaterThan(2);
      expect(inOrder(portsTo(rulesFor(name, 'egress'), 'to', null))).toEqual(inOrder(expected));
    },
  );

  it('let a migration reach Postgres alone', () => {
    for (const name of Object.keys(pods).filter((one) => one.endsWith('-migrate')))
      expect(portsTo(rulesFor(name, 'egress'), 'to', null)).toEqual(expect.arrayContaining([53, 5432]));
    expect(rulesFor('users-migrate', 'egress').flatMap(({ ports }) => ports.map(({ port }) => port))).toHaveLength(3);
    expect(rulesFor('users-migrate', 'ingress')).toEqual([]);
  });

  it('let clients reach the gateway where it answers, not where it tells its measures', () => {
    const open = Object.keys(services).map((name) => [name, portsTo(rulesFor(name, 'ingress'), 'from', null)]);

    expect(Object.fromEntries(open)).toMatchObject({ gateway: ['http'], users: [], products: [], orders: [] });
  });

  it('let those who watch reach the ports where services tell their measures', () => {
    for (const name of Object.keys(services)) {
      const manifest = written.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name);
      const { annotations } = manifest?.spec.template.metadata ?? {};
      const { ports } = manifest?.spec.template.spec.containers[0] ?? {};
      const scraped = (ports as { name: string; containerPort: number }[]).find(
        ({ containerPort }) => String(containerPort) === annotations['prometheus.io/port'],
      );
      const watched = rulesFor(name, 'ingress')
        .filter(({ from }) => from?.some(({ namespaceSelector }) => namespaceSelector))
        .flatMap((rule) => rule.ports.map(({ port }) => port));

      expect(watched).toContain('http'); // Consul asks /ready
      expect(watched).toContain(scraped?.name);
    }
  });
});
