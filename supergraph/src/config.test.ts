import { describe, expect, it } from '@jest/globals';
import { generateSigningKey } from '@storefront/platform/identity/keys.ts';
import { readGatewayConfig } from './config.ts';

const required = {
  RABBITMQ_URL: 'amqp://localhost',
  REDIS_URL: 'redis://localhost',
  INTERNAL_SIGNING_KEY: JSON.stringify(await generateSigningKey('gateway')),
};

describe('the configuration of the gateway', () => {
  it('shows developers everything and the public nothing but the graph', () => {
    expect(readGatewayConfig(required)).toMatchObject({
      INTROSPECTION: true,
      IDE: true,
      EXPECTED_SUBGRAPHS: [],
      SERVICE_PORT: 3000,
    });
    expect(readGatewayConfig({ ...required, NODE_ENV: 'production' })).toMatchObject({
      INTROSPECTION: false,
      IDE: false,
      CORS_ORIGINS: [],
    });
    expect(readGatewayConfig({ ...required, NODE_ENV: 'production', IDE: 'true' }).IDE).toBe(true);
  });

  it('reads lists', () => {
    const config = readGatewayConfig({
      ...required,
      EXPECTED_SUBGRAPHS: 'users, products',
      CORS_ORIGINS: 'https://shop.example',
    });

    expect(config).toMatchObject({ EXPECTED_SUBGRAPHS: ['users', 'products'], CORS_ORIGINS: ['https://shop.example'] });
  });

  it('tells every fault at once', () => {
    const read = () =>
      readGatewayConfig({ ...required, REDIS_URL: 'localhost', RATE_LIMIT_BURST: '0', CORS_ORIGINS: 'shop' });

    expect(read).toThrow(/REDIS_URL[^]*RATE_LIMIT_BURST: must be at least 1[^]*CORS_ORIGINS/);
  });

  it('needs no server beside a supergraph file', () => {
    const config = readGatewayConfig({ SUPERGRAPH_PATH: 'file.graphql', PORT: '4100', LIMITS: 'off' });

    expect(config).toMatchObject({ source: 'file', SERVICE_PORT: 4100, LIMITS: 'off', AUTH: 'on' });
    expect(readGatewayConfig({ SUPERGRAPH_PATH: 'file.graphql' })).toMatchObject({ SERVICE_PORT: 4000, LIMITS: 'on' });
  });

  it.each([
    [{ AUTH: 'off' }, 'AUTH: can be off only together with SUPERGRAPH_PATH'],
    [
      { SUPERGRAPH_PATH: 'file.graphql', ENTITY_CACHE: 'true' },
      'ENTITY_CACHE: needs Redis and RabbitMQ, so it cannot be used together with SUPERGRAPH_PATH',
    ],
    [
      { ENTITY_CACHE: 'false', ENTITY_CACHE_BYTES: '1000' },
      'ENTITY_CACHE_BYTES: says nothing while ENTITY_CACHE is false',
    ],
    [{ LIMITS: 'off', CONSUL_URL: 'http://consul:8500' }, 'LIMITS: cannot be used together with CONSUL_URL'],
    [
      { SUPERGRAPH_PATH: 'file.graphql', AUTH: 'off', CONSUL_URL: 'http://consul:8500' },
      'AUTH: cannot be used together with CONSUL_URL',
    ],
    [{ SUPERGRAPH_PATH: 'file.graphql', AUTH: 'none' }, 'AUTH: must be one of on, off'],
  ])('refuses %j', (environment, fault) => {
    expect(() => readGatewayConfig({ ...required, ...environment })).toThrow(fault);
  });
});
