import { z } from 'zod';
import { logLevels } from './config.ts';
import { flag, host, milliseconds, port, url } from './fields.ts';

/**
 * The variables that every service has. SERVICE_HOST is the address to bind, SERVICE_ADDRESS the one that Consul hands to
 * others. LOCAL_STACK is true only in the stack on one machine: it allows demo data and routes for trying things out.
 */
export function serviceFields(defaultPort: number) {
  return {
    NODE_ENV: z.enum(['development', 'production', 'test']).default('development'),
    LOG_LEVEL: z.enum(logLevels).default('info'),
    SERVICE_PORT: port(defaultPort),
    SERVICE_HOST: host().default('127.0.0.1'),
    SERVICE_ADDRESS: host().default('127.0.0.1'),
    CONSUL_URL: url('http', 'https').default('http://127.0.0.1:8500'),
    /** How long it still takes requests after it has left Consul, while the others hear of it. */
    DRAIN_WAIT_MS: milliseconds(0),
    LOCAL_STACK: flag(false),
  };
}
