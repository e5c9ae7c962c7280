import type { AgentState, Question, Route } from './answer.ts';
import { hasFlag } from './answer.ts';
import { serviceTopic } from './catalog.ts';
import type { Check, Service } from './shapes.ts';

/** The `/v1/catalog`, `/v1/health` and `/v1/status` part. Source: developer.hashicorp.com/consul/api-docs/health and /catalog */
export function catalogRoutes(state: AgentState): readonly Route[] {
  const { catalog, node } = state;
  const instancesOf = ({ parts: [name = ''], query }: Question) =>
    catalog
      .services()
      .filter((service) => service.Service === name && query.getAll('tag').every((tag) => service.Tags.includes(tag)));
  const ofService =
    ({ parts: [name = ''] }: Question) =>
    (topic: string) =>
      topic === serviceTopic(name);

  return [
    { method: 'GET', path: /^\/v1\/status\/leader$/, answer: () => ({ body: '"127.0.0.1:8300"' }) },
    { method: 'GET', path: /^\/v1\/status\/peers$/, answer: () => ({ body: ['127.0.0.1:8300'] }) },
    { method: 'GET', path: /^\/v1\/catalog\/nodes$/, answer: () => ({ body: [nodeOf(state)] }) },
    {
      method: 'GET',
      path: /^\/v1\/catalog\/services$/,
      topics: () => (topic) => topic === 'catalog',
      answer: () => ({ body: { consul: [], ...tagsByName(catalog.services()) } }),
    },
    {
      method: 'GET',
      path: /^\/v1\/catalog\/service\/(.+)$/,
      topics: ofService,
      answer: (question) => ({
        body: instancesOf(question).map((service) => ({
          ...nodeOf(state),
          ServiceID: service.ID,
          ServiceName: service.Service,
          ServiceTags: service.Tags,
          ServiceAddress: service.Address,
          ServicePort: service.Port,
          ServiceMeta: service.Meta,
        })),
      }),
    },
    {
      method: 'GET',
      path: /^\/v1\/health\/service\/(.+)$/,
      topics: ofService,
      answer(question) {
        const entries = instancesOf(question).map((service) => entryOf(state, service));
        if (!hasFlag(question.query, 'passing')) return { body: entries };
        return { body: entries.filter((entry) => entry.Checks.every((check) => check.Status === 'passing')) };
      },
    },
    {
      method: 'GET',
      path: /^\/v1\/health\/checks\/(.+)$/,
      topics: ofService,
      answer: ({ parts: [name] }) => ({
        body: catalog
          .checks()
          .filter((check) => check.ServiceName === name)
          .map((check) => ({ Node: node.name, ...check })),
      }),
    },
    {
      method: 'GET',
      path: /^\/v1\/health\/state\/(any|passing|warning|critical)$/,
      topics: () => (topic) => topic === 'checks',
      answer: ({ parts: [wanted] }) => ({
        body: [serfHealth(state), ...catalog.checks()]
          .filter((check) => wanted === 'any' || check.Status === wanted)
          .map((check) => ({ ...check, Node: node.name })),
      }),
    },
  ];
}

function tagsByName(services: readonly Service[]): Record<string, string[]> {
  const byName = Map.groupBy(services, (service) => service.Service);
  return Object.fromEntries(
    [...byName].map(([name, instances]) => [name, [...new Set(instances.flatMap((service) => service.Tags))]]),
  );
}

function entryOf(state: AgentState, service: Service) {
  const nodeChecks = state.catalog.checksOf('');
  const checks: Check[] = [serfHealth(state), ...nodeChecks, ...state.catalog.checksOf(service.ID)];
  return {
    Node: nodeOf(state),
    Service: { ...service, Weights: { Passing: 1, Warning: 1 }, EnableTagOverride: false },
    Checks: checks.map((check) => ({ Node: state.node.name, ...check })),
  };
}

const nodeOf = ({ node }: AgentState) => ({
  ID: node.id,
  Node: node.name,
  Address: node.address,
  Datacenter: 'dc1',
  TaggedAddresses: { lan: node.address, wan: node.address },
  Meta: {},
  CreateIndex: 1,
  ModifyIndex: 1,
});

const serfHealth = (_state: AgentState): Check => ({
  CheckID: 'serfHealth',
  Name: 'Serf Health Status',
  Status: 'passing',
  Notes: '',
  Output: 'Agent alive and reachable',
  ServiceID: '',
  ServiceName: '',
  ServiceTags: [],
  Type: '',
  CreateIndex: 1,
  ModifyIndex: 1,
});
