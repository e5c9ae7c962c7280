import type { z } from 'zod';
import type { AgentState, Question, Route } from './answer.ts';
import { hasFlag, Refusal } from './answer.ts';
import type { CheckStatus } from './shapes.ts';
import { checkShape, serviceShape } from './shapes.ts';

/** The `/v1/agent` part of the API: registration, checks, maintenance. Source: developer.hashicorp.com/consul/api-docs/agent */
export function agentRoutes(state: AgentState): readonly Route[] {
  const { catalog, node } = state;
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
    {
      method: 'PUT',
      path: /^\/v1\/agent\/service\/register$/,
      answer: (question) => registerService(state, parse(serviceShape, question)),
    },
    {
      method: 'PUT',
      path: /^\/v1\/agent\/service\/deregister\/(.+)$/,
      answer({ parts: [id = ''] }) {
        if (catalog.removeService(id)) return {};
        throw new Refusal(
          404,
          `Unknown service ID ${JSON.stringify(id)}. Ensure that the service ID is passed, not the service name.`,
        );
      },
    },
    {
      method: 'PUT',
      path: /^\/v1\/agent\/service\/maintenance\/(.+)$/,
      answer({ parts: [id = ''], query }) {
        if (!catalog.service(id))
          throw new Refusal(
            404,
            `Unknown service ID ${JSON.stringify(id)}. Ensure that the service ID is passed, not the service name.`,
          );
        return maintain(state, `_service_maintenance:${id}`, id, query);
      },
    },
    {
      method: 'PUT',
      path: /^\/v1\/agent\/maintenance$/,
      answer: ({ query }) => maintain(state, '_node_maintenance', '', query),
    },
    {
      method: 'PUT',
      path: /^\/v1\/agent\/check\/register$/,
      answer(question) {
        const check = parse(checkShape, question);
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

function registerService({ catalog }: AgentState, input: z.infer<typeof serviceShape>) {
  const id = input.ID || input.Name;
  const checks = [...(input.Check ? [input.Check] : []), ...(input.Checks ?? [])];
  for (const check of checks) {
    if (check.HTTP && check.Interval === undefined)
      throw new Refusal(400, 'Invalid check: Interval must be > 0 for HTTP checks');
    if (!check.HTTP && check.TTL === undefined) throw new Refusal(400, 'Invalid check: TTL or HTTP must be set');
  }
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

function parse<Shape extends z.ZodType>(shape: Shape, { body }: Question): z.infer<Shape> {
  const text = body.toString();
  const json = () => {
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      throw new Refusal(400, `Request decode failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const result = shape.safeParse(json());
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Refusal(400, `Request decode failed: ${issue?.path.join('.')}: ${issue?.message}`);
}
