import { join } from 'node:path';
import { repository } from '@storefront/stack/src/config.ts';
import type { Secrets } from '@storefront/stack/src/secrets.ts';
import { configurationOf, nodeOptionsOf } from '@storefront/stack/src/services.ts';
import { forEachSubgraph } from '@storefront/stack/src/subgraphs.ts';
import type { RunningStack } from '@storefront/stack/src/start-stack.ts';
import type { Program } from '../processes.ts';

/** A gateway over the real services. */
export interface StackGateway {
  readonly name: string;
  readonly title: string;
  program(given: { stack: RunningStack; secrets: Secrets; port: number }): Omit<Program, 'logPath'>;
}

/** Nobody here is to be refused for asking often. */
const wideLimits = { LIMIT_COST: '1000000000', RATE_LIMIT_PER_MINUTE: '1000000000', RATE_LIMIT_BURST: '1000000000' };

/** The gateways, in the order of the table; the first is what the others are compared with. */
export const stackGateways: readonly StackGateway[] = [
  {
    name: 'stock',
    title: 'Apollo Server + @apollo/gateway',
    program: ({ stack, secrets, port }) => ({
      command: [process.execPath, join(import.meta.dirname, 'stock.ts')],
      environment: {
        PORT: String(port),
        SUPERGRAPH_PATH: join(repository, 'schema/supergraph.graphql'),
        SUBGRAPHS: JSON.stringify(stack.services),
        INTERNAL_SIGNING_KEY: JSON.stringify(secrets.gatewaySigningKey),
      },
    }),
  },
  oursOverStack('ours-bare', 'ours, no sharing, no memo, no cache', {
    SHARE_FETCHES: 'false',
    MEMO_BYTES: '0',
    ENTITY_CACHE: 'false',
  }),
  oursOverStack('ours-uncached', 'ours, no cache', { ENTITY_CACHE: 'false' }),
  oursOverStack('ours', 'ours, as it comes', {}),
];

/** This gateway as the stack starts it, everything in place, with more in its environment. */
export function oursOverStack(
  name: string,
  title: string,
  environment: Readonly<Record<string, string>>,
): StackGateway {
  return {
    name,
    title,
    program({ stack, secrets, port }) {
      const { rabbitmq, redis, consul } = stack.servers;
      const backends = { databases: forEachSubgraph(() => ''), rabbitmq, rabbitmqManagement: null, redis, consul };
      const configuration = configurationOf('gateway', port, { backends, secrets });
      return {
        command: [process.execPath, ...nodeOptionsOf('gateway'), 'supergraph/src/main.ts'],
        folder: repository,
        environment: { ...toStrings(configuration), LOG_LEVEL: 'warn', ...wideLimits, ...environment },
      };
    },
  };
}

function toStrings(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
