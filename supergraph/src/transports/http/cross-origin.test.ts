import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import type { FastifyInstance } from 'fastify';
import { allowOrigins, isAllowedOrigin } from './cross-origin.ts';

const allowed = ['http://localhost:*', 'https://shop.example'];
let server: FastifyInstance;
let url: string;

beforeAll(async () => {
  server = createHttpServer({ log: createLog({ service: 'test', level: 'silent' }) });
  allowOrigins(server, allowed);
  server.get('/', async () => ({}));
  ({ url } = await listen(server, { host: '127.0.0.1', port: 0 }));
});

afterAll(() => server.close());

const preflight = (origin: string) =>
  fetch(url, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });

describe('foreign origins', () => {
  it.each([
    ['http://localhost:5173', true],
    ['http://localhost', true],
    ['https://shop.example', true],
    ['https://shop.example:8443', false],
    ['https://localhost:5173', false],
    ['http://localhost:5173.evil.example', false],
    ['http://localhost.evil.example', false],
    ['null', false],
  ])('%s is allowed: %s', (origin, isAllowed) => {
    expect(isAllowedOrigin(origin, allowed)).toBe(isAllowed);
  });

  it('that are allowed get a preflight and may read the limits', async () => {
    const asked = await preflight('https://shop.example');
    const answered = await fetch(url, { headers: { origin: 'https://shop.example' } });

    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-headers')).toContain('authorization');
    expect(answered.headers.get('access-control-allow-origin')).toBe('https://shop.example');
    expect(answered.headers.get('access-control-expose-headers')).toContain('ratelimit');
  });

  it('that are not allowed get nothing that a browser would take for a yes', async () => {
    const asked = await preflight('https://evil.example');

    expect(asked.status).toBe(404);
    expect(asked.headers.get('access-control-allow-origin')).toBeNull();
    expect(asked.headers.get('vary')).toContain('origin');
  });
});
