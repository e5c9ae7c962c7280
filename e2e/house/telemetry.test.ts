import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as stable from '@opentelemetry/semantic-conventions';
import * as incubating from '@opentelemetry/semantic-conventions/incubating';
import { parse } from 'yaml';

const folder = 'deploy/telemetry';
const yamlFiles = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
const dashboards = readdirSync(`${folder}/dashboards`);
const read = (file: string): unknown => parse(readFileSync(`${folder}/${file}`, 'utf8'));

interface Collector {
  readonly receivers: object;
  readonly processors: object;
  readonly exporters: object;
  readonly service: {
    readonly pipelines: Record<string, { receivers: string[]; processors: string[]; exporters: string[] }>;
  };
}
interface Rules {
  readonly groups: { rules: { alert: string; expr: string; labels: object; annotations: { summary: string } }[] }[];
}
interface Dashboard {
  readonly uid: string;
  readonly panels: { title: string; datasource: { uid: string }; targets: { expr: string; refId: string }[] }[];
}

/** The names of attributes in the code that ships, by file: strings of the namespaces of OpenTelemetry. */
function attributesInCode(): readonly { readonly file: string; readonly name: string }[] {
  const namespaces =
    'graphql|http|url|db|network|messaging|server|client|error|service|deployment|exception|user_agent';
  return ['platform', 'supergraph/src', 'subgraphs']
    .flatMap((root) => readdirSync(root, { recursive: true, encoding: 'utf8' }).map((path) => join(root, path)))
    .filter((file) => file.endsWith('.ts') && !/node_modules|\.test\.ts$|\/testing\//.test(file))
    .flatMap((file) => {
      const found = readFileSync(file, 'utf8').matchAll(new RegExp(`'((?:${namespaces})\\.[a-z_.]+)'`, 'g'));
      return [...found].map(([, name = '']) => ({ file, name }));
    });
}

describe('the attributes of spans', () => {
  it('are called as the semantic conventions call them, or begin with storefront', () => {
    const known = new Set(
      [stable, incubating].flatMap((names: Readonly<Record<string, unknown>>) => Object.values(names)),
    );

    const used = attributesInCode();

    expect(used.length).toBeGreaterThan(25);
    expect(used.filter(({ name }) => !known.has(name))).toEqual([]);
  });
});

describe('deploy/telemetry', () => {
  it.each(yamlFiles)('%s is YAML', (file) => {
    expect(Object.keys(Object(read(file))).length).toBeGreaterThan(0);
  });

  it('has pipelines of parts that are there', () => {
    const { receivers, processors, exporters, service } = read('collector.yaml') as Collector;

    for (const pipeline of Object.values(service.pipelines)) {
      expect(Object.keys(receivers)).toEqual(expect.arrayContaining(pipeline.receivers));
      expect(Object.keys(processors)).toEqual(expect.arrayContaining(pipeline.processors));
      expect(Object.keys(exporters)).toEqual(expect.arrayContaining(pipeline.exporters));
    }
    expect(Object.keys(service.pipelines).sort()).toEqual(['logs', 'traces']);
  });

  it('has alerts that say what is wrong and how bad it is', () => {
    const { groups } = read('alerts.yaml') as Rules;
    const rules = groups.flatMap((group) => group.rules);

    expect(rules.length).toBeGreaterThan(8);
    const page = readFileSync('docs/operating.md', 'utf8');
    expect(rules.map(({ alert }) => alert).filter((alert) => !page.includes(alert))).toEqual([]);
    for (const rule of rules)
      expect(rule).toMatchObject({
        alert: expect.stringMatching(/^[A-Z]\w+$/),
        expr: expect.any(String),
        labels: { severity: expect.stringMatching(/^(page|ticket)$/) },
        annotations: { summary: expect.any(String) },
      });
  });

  it.each(dashboards)('has a dashboard %s whose panels ask the data sources that are provisioned', (file) => {
    const { uid, panels } = JSON.parse(readFileSync(`${folder}/dashboards/${file}`, 'utf8')) as Dashboard;
    const { datasources } = read('provisioning/datasources/all.yaml') as { datasources: { uid: string }[] };
    const known = datasources.map((source) => source.uid);

    expect(uid).toMatch(/^storefront-/);
    expect(panels.length).toBeGreaterThan(5);
    expect(panels.filter(({ datasource }) => !known.includes(datasource.uid))).toEqual([]);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  });

  it('is mounted from where it is', () => {
    const mounted = [...readFileSync('docker-compose.yml', 'utf8').matchAll(/\.\/(deploy\/telemetry[\w/.]*)/g)];

    expect(mounted.length).toBeGreaterThan(4);
    expect(mounted.map(([, path = '']) => path).filter((path) => !existsSync(path))).toEqual([]);
  });
});
