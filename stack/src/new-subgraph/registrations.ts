/**
 * The places where the house names its subgraphs, and how one more is entered there. Each entry is made once: a file that has it
 * stays as it is.
 */
import { StackFault } from '../fault.ts';
import { type Names, rename } from './names.ts';

/** One more subgraph: how it is called, where it listens, and pieces of templates that go into shared files. */
export type Newcomer = {
  readonly names: Names;
  readonly port: number;
  /** The version of the house's packages. */
  readonly version: string;
  readonly template: (file: string) => string;
};

/** How a newcomer is entered into a file. */
export type Registration = {
  readonly file: string;
  /** What the entry is recognised by. */
  readonly mark: (names: Names) => string | RegExp;
  readonly enter: (text: string, newcomer: Newcomer) => string;
};

/** Every registration, in the order in which they are made. */
export const registrations: readonly Registration[] = [
  {
    file: 'stack/src/subgraphs.ts',
    mark: ({ plural }) => `\n  ${plural}: `,
    enter: (text, { names, port }) => before(text, '} as const;', `  ${names.plural}: ${port},\n`),
  },
  {
    file: 'rover.yaml',
    mark: ({ plural }) => `\n  ${plural}:\n`,
    enter: (text, { names: { plural }, port }) =>
      `${text.trimEnd()}
  ${plural}:
    routing_url: http://localhost:${port}/graphql
    schema:
      file: schema/${plural}.graphql
`,
  },
  {
    file: 'codegen.ts',
    mark: ({ plural }) => `resolverTypes('${plural}'`,
    enter: (text, { names }) => before(text, '  },\n} satisfies CodegenConfig;', rename(codegenEntry, names)),
  },
  {
    file: 'schema/events/queues.ts',
    mark: ({ plural }) => `queue: '${plural}.`,
    enter: (text, { names }) => {
      const defined = before(text, '/** Every queue of a service.', rename(queueEntry, names));
      return before(defined, '];\n\nfunction bind', rename(', reviewsAccounts', names));
    },
  },
  {
    file: 'docker-compose.yml',
    mark: ({ plural }) => `\n  ${plural}:\n`,
    enter: enterIntoCompose,
  },
  {
    file: 'Dockerfile',
    mark: ({ plural }) => `COPY subgraphs/${plural}/package.json`,
    enter: (text, { names: { plural } }) =>
      before(text, 'COPY stack/package.json', `COPY subgraphs/${plural}/package.json subgraphs/${plural}/\n`),
  },
  {
    file: 'deploy/kubernetes/base/kustomization.yaml',
    mark: ({ plural }) => `\n  - ${plural}.yaml\n`,
    enter: (text, { names }) => before(text, 'patches:\n', `  - ${names.plural}.yaml\n`),
  },
  {
    file: 'deploy/kubernetes/base/gateway.yaml',
    mark: ({ plural }) => new RegExp(`EXPECTED_SUBGRAPHS.*\\b${plural}\\b`),
    enter: (text, { names }) => expect(text, /(EXPECTED_SUBGRAPHS, value: '[^']+)/, names),
  },
  {
    file: 'package-lock.json',
    mark: ({ plural }) => `"node_modules/@storefront/${plural}"`,
    enter: enterIntoLock,
  },
];

const codegenEntry = `    ...resolverTypes('reviews', {
      Review: './shapes.ts#ReviewShape',
      Product: './shapes.ts#ProductReference',
      User: './shapes.ts#UserReference',
    }),
`;
const queueEntry = `/** Reviews: accounts that are gone. */
export const reviewsAccounts: EventQueue = {
  queue: 'reviews.accounts',
  bindings: bind(userDeleted),
};

`;

/** The service, before the gateway, which waits for it. */
function enterIntoCompose(text: string, { names, port, template }: Newcomer): string {
  const gateway = '  gateway:\n    <<: *service';
  const service = rename(template('compose.yaml'), names, { port }).trimEnd().replaceAll(/^/gm, '  ');
  const served = before(text, gateway, `${service}\n\n`);
  const expected = expect(served, /(EXPECTED_SUBGRAPHS: .+)/, names);
  const at = expected.indexOf(gateway);
  const waits = '      users: { condition: service_healthy }\n';
  const waiting = before(expected.slice(at), waits, `      ${names.plural}: { condition: service_healthy }\n`);
  return expected.slice(0, at) + waiting;
}

/** What `npm install` would write: the workspace, and the link to it. Its dependencies are those of products. */
function enterIntoLock(text: string, { names: { plural }, version, template }: Newcomer): string {
  const lock = JSON.parse(text) as { packages: Record<string, object> };
  const { dependencies } = JSON.parse(template('service/package.json')) as { dependencies: Record<string, string> };
  const own = { name: `@storefront/${plural}`, version, dependencies: withVersion(dependencies, version) };
  const packages = {
    ...lock.packages,
    [`node_modules/@storefront/${plural}`]: { resolved: `subgraphs/${plural}`, link: true },
    [`subgraphs/${plural}`]: own,
  };
  const sorted = Object.entries(packages).toSorted(([one], [other]) => one.localeCompare(other, 'en'));
  return `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`;
}

/** Dependencies whose packages of the house have this version. */
export function withVersion(dependencies: Readonly<Record<string, string>>, version: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(dependencies).map(([name, range]) => [name, name.startsWith('@storefront/') ? version : range]),
  );
}

/** The gateway waits for it before it has a first graph. */
function expect(text: string, list: RegExp, { plural }: Names): string {
  const changed = text.replace(list, `$1,${plural}`);
  if (changed === text) throw noPlace('EXPECTED_SUBGRAPHS');
  return changed;
}

function before(text: string, anchor: string, addition: string): string {
  const at = text.indexOf(anchor);
  if (at === -1) throw noPlace(anchor);
  return text.slice(0, at) + addition + text.slice(at);
}

const noPlace = (anchor: string) =>
  new StackFault(`it has no place for one more subgraph: there is no ${JSON.stringify(anchor.trim())} in it`);
