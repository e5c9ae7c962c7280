import type { AgentState, Route } from './answer.ts';
import { parseBody, Refusal } from './answer.ts';
import type { CheckStatus } from './shapes.ts';
import { checkShape } from './shapes.ts';

/** Registration of checks and the signs of life of TTL checks. Source: developer.hashicorp.com/consul/api-docs/agent/check */
export function checkRoutes({ catalog }: AgentState): readonly Route[] {
  return [
    {
      method: 'PUT',
      path: /^\/v1\/agent\/check\/register$/,
      answer(question) {
        const check = parseBody(checkShape, question);
        if (check.ServiceID && !catalog.service(check.ServiceID))
          throw new Refusal(400, `ServiceID ${JSON.stringify(check.ServiceID)} does not exist`);
        if (!check.Name) throw new Refusal(400, 'Missing check name');
        catalog.putCheck(check.CheckID ?? check.ID ?? check.Name, check);
        return {};
      },
    },
    {
      method: 'PUT',
      path: /^\/v1\/agent\/check\/deregister\/(.+)$/,
      answer({ parts: [id = ''] }) {
        if (catalog.removeCheck(id)) return {};
        throw new Refusal(404, `Unknown check ID ${JSON.stringify(id)}.`);
      },
    },
    {
      method: 'PUT',
      path: /^\/v1\/agent\/check\/(pass|warn|fail)\/(.+)$/,
      answer({ parts: [verb = '', id = ''], query }) {
        if (catalog.beat(id, statusOf[verb] ?? 'critical', query.get('note') ?? '')) return {};
        throw new Refusal(500, `CheckID ${JSON.stringify(id)} does not have associated TTL`);
      },
    },
  ];
}

const statusOf: Readonly<Record<string, CheckStatus>> = { pass: 'passing', warn: 'warning', fail: 'critical' };
