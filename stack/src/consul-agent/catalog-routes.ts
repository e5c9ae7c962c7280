import type { AgentState, Route } from './answer.ts';
import { instancesOf, nodeOf, ofService } from './instances.ts';
import type { Service } from './shapes.ts';

/** The `/v1/catalog` and `/v1/status` part. Source: developer.hashicorp.com/consul/api-docs/catalog */
export function catalogRoutes({ catalog, node }: AgentState): readonly Route[] {
  return [
    { method: 'GET', path: /^\/v1\/status\/leader$/, answer: () => ({ body: '"127.0.0.1:8300"' }) },
    { method: 'GET', path: /^\/v1\/status\/peers$/, answer: () => ({ body: ['127.0.0.1:8300'] }) },
    { method: 'GET', path: /^\/v1\/catalog\/nodes$/, answer: () => ({ body: [nodeOf(node)] }) },
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
        body: instancesOf(catalog, question).map((service) => ({
          ...nodeOf(node),
          ServiceID: service.ID,
          ServiceName: service.Service,
          ServiceTags: service.Tags,
          ServiceAddress: service.Address,
          ServicePort: service.Port,
          ServiceMeta: service.Meta,
        })),
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
