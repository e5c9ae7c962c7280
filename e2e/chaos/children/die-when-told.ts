/**
 * Loaded before a service (`node --import`): on SIGUSR2 the process reads from the file CHAOS_POINT where it is to die, and
 * dies there, the next time that it gets there, as in a power cut. A point is `before` or `after` one of its statements: in
 * between lies the commit.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { KillPoint } from '../world/kill-points.ts';

type Query = (...given: unknown[]) => unknown;

const file = process.env['CHAOS_POINT'];
if (file !== undefined) {
  let point: KillPoint | null = null;
  process.on('SIGUSR2', () => {
    point = JSON.parse(readFileSync(file, 'utf8')) as KillPoint;
  });
  // MikroORM brings a pg of its own.
  for (const user of ['@storefront/platform/postgres/connection.ts', '@mikro-orm/postgresql']) {
    const requirePg = createRequire(fileURLToPath(import.meta.resolve(user)));
    watch((requirePg('pg') as { Client: { prototype: { query: Query } } }).Client.prototype, () => point);
  }
}

function watch(client: { query: Query }, readPoint: () => KillPoint | null): void {
  const { query } = client;
  client.query = function dieAtPoint(this: unknown, ...given) {
    const point = readPoint();
    if (point === null || !isStatement(given[0], point.statement)) return query.apply(this, given);
    if (point.moment === 'before') die();
    const callback = given.at(-1);
    if (typeof callback === 'function') return query.apply(this, [...given.slice(0, -1), die]);
    return (query.apply(this, given) as Promise<unknown>).then(die);
  };
}

function isStatement(given: unknown, wanted: string): boolean {
  if (typeof given === 'string') return given.trimStart().startsWith(wanted);
  return typeof given === 'object' && given !== null && 'name' in given && given.name === wanted;
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}
