import { defaultState, isProduction, npmCommand } from '../config.ts';
import type { StackDescription } from '../description.ts';

/** What a person needs first: addresses, pages, accounts, a first query. */
export function readyTable(description: StackDescription): string {
  const { gateway, services, servers, accounts, state } = description;
  const graph =
    gateway === null
      ? []
      : [
          'The graph is ready.',
          '',
          ...(isProduction() ? productionRows(gateway.http) : developmentRows(gateway.http)),
          ...row('live', gateway.websocket),
          ...Object.entries(services).flatMap(([name, url]) => row(name, `${url}/health`)),
          '',
        ];
  const serverRows = [
    ...row('Postgres', servers.postgres),
    ...row('Redis', servers.redis),
    ...row('RabbitMQ', servers.rabbitmq),
    ...row('', servers.rabbitmqManagement),
    ...row('Consul', servers.consul),
    '',
  ];
  return [
    ...graph,
    ...serverRows,
    ...(gateway === null ? [] : firstSteps(gateway.graphql, accounts)),
    `  State: ${state}   Logs: ${npmCommand('logs', state)}${state === defaultState ? ' --' : ''} NAME`,
    '',
  ].join('\n');
}

const row = (name: string, value: string | null) => (value === null ? [] : [`  ${name.padEnd(12)}${value}`]);

const developmentRows = (http: string) => [
  ...row('GraphQL', `${http}/graphql   (Apollo Sandbox in a browser; needs the internet)`),
  ...row('console', `${http}/console`),
  ...row('IDE', `${http}/ide       (works offline)`),
  ...row('REST', `${http}/api/docs`),
];

const productionRows = (http: string) => [
  ...row('GraphQL', `${http}/graphql   (production: no pages, no introspection)`),
  ...row('REST', `${http}/api/v1`),
];

function firstSteps(graphql: string, accounts: StackDescription['accounts']): string[] {
  const query = '{ products(first: 3) { nodes { name price { formatted } } } }';
  return [
    ...accounts.map(({ email, password, role }) => `  ${role.toLowerCase().padEnd(12)}${email.padEnd(20)}${password}`),
    '',
    'A first query:',
    `  curl ${graphql} -H 'content-type: application/json' -d '${JSON.stringify({ query })}'`,
    '',
  ];
}
