import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { routes } from './routes.ts';

describe('the table of routes', () => {
  it.each(routes.map((route) => [`${route.method} /api${route.path}`, route.operation]))(
    'has %s named by its trusted document, so that a schema check can say what breaks',
    (route, operation) => {
      const [purpose] = readFileSync(`schema/operations/${operation}.graphql`, 'utf8').split('\n');

      expect(purpose?.split('. ')[0]).toBe(`# REST: ${route}`);
    },
  );
});
