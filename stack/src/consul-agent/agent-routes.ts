import type { AgentState, Route } from './answer.ts';

/** What `/v1/agent` tells about itself, its services and its checks. Source: developer.hashicorp.com/consul/api-docs/agent */
export function agentRoutes({ catalog, node }: AgentState): readonly Route[] {
  return [
    {
      method: 'GET',
      path: /^\/v1\/agent\/self$/,
      answer: () => ({
        body: {
          Config: {
            Datacenter: 'dc1',
            PrimaryDatacenter: 'dc1',
            NodeName: node.name,
            NodeID: node.id,
            Server: true,
            Version: '1.0.0-development-agent',
          },
          Member: { Name: node.name, Addr: node.address, Port: 8301, Status: 1, Tags: { dc: 'dc1', role: 'consul' } },
          Meta: {},
        },
      }),
    },
    {
      method: 'GET',
      path: /^\/v1\/agent\/members$/,
      answer: () => ({ body: [{ Name: node.name, Addr: node.address, Status: 1 }] }),
    },
    {
      method: 'GET',
      path: /^\/v1\/agent\/services$/,
      answer: () => ({
        body: Object.fromEntries(
          catalog
            .services()
            .map((service) => [
              service.ID,
              { ...service, Weights: { Passing: 1, Warning: 1 }, EnableTagOverride: false, Datacenter: 'dc1' },
            ]),
        ),
      }),
    },
    {
      method: 'GET',
      path: /^\/v1\/agent\/checks$/,
      answer: () => ({
        body: Object.fromEntries(catalog.checks().map((check) => [check.CheckID, { Node: node.name, ...check }])),
      }),
    },
  ];
}
