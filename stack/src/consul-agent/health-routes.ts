import type { AgentState, Route } from './answer.ts';
import { hasFlag } from './answer.ts';
import { instancesOf, nodeOf, ofService } from './instances.ts';
import type { Check, Service } from './shapes.ts';

/** The `/v1/health` part. Source: developer.hashicorp.com/consul/api-docs/health */
export function healthRoutes(state: AgentState): readonly Route[] {
  const { catalog, node } = state;
  return [
    {
      method: 'GET',
      path: /^\/v1\/health\/service\/(.+)$/,
      topics: ofService,
      answer(question) {
        const entries = instancesOf(catalog, question).map((service) => entryOf(state, service));
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
        body: [serfHealth, ...catalog.checks()]
          .filter((check) => wanted === 'any' || check.Status === wanted)
          .map((check) => ({ ...check, Node: node.name })),
      }),
    },
  ];
}

function entryOf(state: AgentState, service: Service) {
  const nodeChecks = state.catalog.checksOf('');
  const checks: Check[] = [serfHealth, ...nodeChecks, ...state.catalog.checksOf(service.ID)];
  return {
    Node: nodeOf(state.node),
    Service: { ...service, Weights: { Passing: 1, Warning: 1 }, EnableTagOverride: false },
    Checks: checks.map((check) => ({ Node: state.node.name, ...check })),
  };
}

const serfHealth: Check = {
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
};
