import type * as Gateway from '@apollo/gateway';

/** The parts of @apollo/gateway that the engine uses. */
export type GatewayModule = Pick<typeof Gateway, 'ApolloGateway'>;

/**
 * Loads @apollo/gateway with its telemetry off: it reports to Apollo otherwise, and this variable is its only switch. The
 * import comes after it, so that nothing can start before.
 */
export async function loadGatewayModule(): Promise<GatewayModule> {
  process.env['APOLLO_TELEMETRY_DISABLED'] = '1';
  return import('@apollo/gateway');
}
