import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { serveSubgraph } from '@storefront/platform/graphql/serve-subgraph.ts';
import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
import { createInternalVerifier } from '@storefront/platform/identity/internal-tokens.ts';
import type { OwnedScope } from '@storefront/platform/process/scope.ts';
import { toMoney } from '@storefront/schema/money.ts';
import { silentLog } from './storage.ts';

/** A server that answers for products by their own SDL and token rules, without a database. */
export interface ProductsServer {
  readonly port: number;
  /** How many questions it has had. */
  questions(): number;
  /** Holds the next answers back until the function it returns is called. */
  hold(): () => void;
  close(): Promise<void>;
}

/** What is for sale, by id; anything else is unknown. */
export const prices: Readonly<Record<string, { amountMinor: number; currency: string }>> = {
  1: { amountMinor: 1_250, currency: 'EUR' },
  2: { amountMinor: 399, currency: 'EUR' },
  3: { amountMinor: 2_000, currency: 'USD' },
};

/** Starts it on a free port, closed with the scope. */
export async function startProductsServer(
  keys: Parameters<typeof createInternalVerifier>[0]['keys'],
  scope: OwnedScope,
): Promise<ProductsServer> {
  let asked = 0;
  let gate: Promise<void> = Promise.resolve();
  const server = createHttpServer({ log: silentLog });
  server.get('/health', async () => ({ status: 'ok' }));
  serveSubgraph(
    server,
    { log: silentLog, verify: createInternalVerifier({ keys, audience: 'products' }) },
    {
      name: 'products',
      sdl: readFileSync(fileURLToPath(import.meta.resolve('@storefront/schema/products.graphql')), 'utf8'),
      resolvers: {
        Query: {
          product: async (_parent: unknown, { id }: { id: string }) => {
            await gate;
            const price = prices[id];
            return price ? { id, price: toMoney(price) } : null;
          },
        },
      },
      createContext: () => {
        asked += 1;
        return {};
      },
    },
  );
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  const close = async () => {
    server.server.closeAllConnections();
    await server.close();
  };
  scope.defer('products server', close);
  return {
    port,
    questions: () => asked,
    hold() {
      const held = Promise.withResolvers<void>();
      gate = held.promise;
      return held.resolve;
    },
    close,
  };
}
