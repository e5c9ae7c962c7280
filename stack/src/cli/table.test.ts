import { afterEach, describe, expect, it } from '@jest/globals';
import type { StackDescription } from '../description.ts';
import { readyTable } from './table.ts';

const http = 'http://127.0.0.1:3000';
const description: StackDescription = {
  gateway: { http, graphql: `${http}/graphql`, websocket: 'ws://127.0.0.1:3000/graphql', metrics: `${http}/metrics` },
  services: {},
  servers: {
    postgres: 'postgres://x',
    redis: 'redis://x',
    rabbitmq: 'amqp://x',
    rabbitmqManagement: null,
    consul: http,
  },
  accounts: [],
  state: '.state/local',
};

describe('the table of addresses', () => {
  const before = process.env['NODE_ENV'];
  afterEach(() => {
    process.env['NODE_ENV'] = before;
  });

  it('names the pages for people', () => {
    expect(readyTable(description)).toContain(`${http}/ide`);
  });

  it('names no page that production does not have', () => {
    process.env['NODE_ENV'] = 'production';

    expect(readyTable(description)).toContain('no pages, no introspection');
    expect(readyTable(description)).not.toMatch(/\/ide|\/api\/docs|Sandbox/);
  });
});
