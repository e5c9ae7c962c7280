import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { sharedStack } from '../testing/stack.ts';

const stack = sharedStack();
const rules = readFileSync('deploy/telemetry/alerts.yaml', 'utf8');
const boards = readdirSync('deploy/telemetry/dashboards').map((file) =>
  readFileSync(`deploy/telemetry/dashboards/${file}`, 'utf8'),
);
const page = readFileSync('docs/operating.md', 'utf8');

const endings: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: [''],
};
/** What every program on Node tells, and what Prometheus adds. */
const isOfEveryProgram = (name: string) => /^(nodejs_|process_|up$)/.test(name);
const functions = new Set(['histogram_quantile']);

/** The names of metrics in a PromQL expression. */
function namesIn(expression: string): string[] {
  const bare = expression.replace(/\{[^}]*\}/g, ' ').replace(/\b(by|without)\s*\([^)]*\)/g, ' ');
  return [...bare.matchAll(/[a-z][a-z0-9]*(?:_[a-z0-9]+)+|\bup\b/g)]
    .map(([name]) => name)
    .filter((name) => !functions.has(name));
}

describe('the metrics', () => {
  const told = new Map<string, string>();

  beforeAll(async () => {
    const urls = [stack.gateway.metrics, ...Object.values(stack.services).map((url) => `${url}/metrics`)];
    for (const url of urls) {
      const text = await (await fetch(url)).text();
      for (const [, name = '', kind = ''] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) told.set(name, kind);
    }
  });

  const series = () => [...told].flatMap(([name, kind]) => (endings[kind] ?? ['']).map((ending) => name + ending));

  it('that alerts and dashboards ask for are told by the services', () => {
    const alerts = (parse(rules) as { groups: { rules: { expr: string }[] }[] }).groups.flatMap((group) => group.rules);
    const panels = boards.flatMap((text) => (JSON.parse(text) as { panels: { targets: { expr: string }[] }[] }).panels);
    const expressions = [...alerts, ...panels.flatMap(({ targets }) => targets)].map(({ expr }) => expr);
    const known = new Set([...series(), 'up']);

    expect(expressions.flatMap(namesIn).length).toBeGreaterThan(30);
    expect(expressions.flatMap(namesIn).filter((name) => !known.has(name))).toEqual([]);
  });

  it('stand in docs/operating.md, every one, and no other', () => {
    const own = [...told.keys()].filter((name) => !isOfEveryProgram(name)).sort();
    const listed = [...page.matchAll(/^\| `([a-z_]+)/gm)].map(([, name = '']) => name).sort();

    expect(listed).toEqual(own);
  });

  it('are not told where the public comes', async () => {
    expect((await fetch(`${stack.gateway.http}/metrics`)).status).toBe(404);
  });
});
