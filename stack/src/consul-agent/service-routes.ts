import type { z } from 'zod';
import type { AgentState, Route } from './answer.ts';
import { hasFlag, parseBody, Refusal } from './answer.ts';
import type { CheckDefinition } from './shapes.ts';
import { checkShape, serviceShape } from './shapes.ts';

type ServiceDefinition = z.infer<typeof serviceShape>;

/** Registration and maintenance of services. Source: developer.hashicorp.com/consul/api-docs/agent/service */
export function serviceRoutes(state: AgentState): readonly Route[] {
  const { catalog } = state;
  return [
    {
      method: 'PUT',
      path: /^\/v1\/agent\/service\/register$/,
      answer: (question) => registerService(state, parseBody(serviceShape, question)),
    },
    {
      method: 'PUT',
      path: /^\/v1\/agent\/service\/deregister\/(.+)$/,
      answer({ parts: [id = ''] }) {
        if (catalog.removeService(id)) return {};
        throw unknownService(id);
      },
    },
    {
      method: 'PUT',
      path: /^\/v1\/agent\/service\/maintenance\/(.+)$/,
      answer({ parts: [id = ''], query }) {
        if (!catalog.service(id)) throw unknownService(id);
        return maintain(state, `_service_maintenance:${id}`, id, query);
      },
    },
    {
      method: 'PUT',
      path: /^\/v1\/agent\/maintenance$/,
      answer: ({ query }) => maintain(state, '_node_maintenance', '', query),
    },
  ];
}

const unknownService = (id: string): Refusal =>
  new Refusal(
    404,
    `Unknown service ID ${JSON.stringify(id)}. Ensure that the service ID is passed, not the service name.`,
  );

/** The checks that the definition has no more are removed; the others keep the status they have. */
function registerService({ catalog }: AgentState, input: ServiceDefinition) {
  const id = input.ID || input.Name;
  const checks = [...(input.Check ? [input.Check] : []), ...(input.Checks ?? [])];
  checks.forEach(refuseUnlessTimed);
  catalog.putService({
    ID: id,
    Service: input.Name,
    Tags: input.Tags ?? [],
    Address: input.Address,
    Port: input.Port,
    Meta: input.Meta ?? {},
  });
  const names = checks.map(
    (check, position) =>
      check.CheckID ?? check.ID ?? (checks.length === 1 ? `service:${id}` : `service:${id}:${position + 1}`),
  );
  for (const old of catalog.checksOf(id)) if (!names.includes(old.CheckID)) catalog.removeCheck(old.CheckID);
  checks.forEach((check, position) =>
    catalog.putCheck(names[position] ?? id, {
      ...check,
      Name: check.Name ?? `Service '${input.Name}' check`,
      ServiceID: id,
    }),
  );
  return {};
}

function refuseUnlessTimed(check: CheckDefinition): void {
  if (check.HTTP && check.Interval === undefined)
    throw new Refusal(400, 'Invalid check: Interval must be > 0 for HTTP checks');
  if (!check.HTTP && check.TTL === undefined) throw new Refusal(400, 'Invalid check: TTL or HTTP must be set');
}

function maintain({ catalog }: AgentState, checkId: string, serviceId: string, query: URLSearchParams) {
  if (!query.has('enable')) throw new Refusal(400, 'Missing value for enable');
  catalog.removeCheck(checkId);
  if (!hasFlag(query, 'enable')) return {};
  const Name = serviceId ? 'Service Maintenance Mode' : 'Node Maintenance Mode';
  catalog.putCheck(
    checkId,
    checkShape.parse({
      Name,
      ServiceID: serviceId,
      Status: 'critical',
      Notes: query.get('reason') ?? 'Maintenance mode is enabled',
    }),
  );
  return {};
}
