import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { FastifyInstance } from 'fastify';
import { setPagePolicy } from '../http/security-headers.ts';

interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}
interface Message {
  readonly name: string;
  readonly summary?: string;
  readonly payload: { readonly allOf: readonly (Schema & { readonly $ref?: string })[] };
}
interface Description {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly channels: Readonly<
    Record<string, { readonly address: string; readonly description: string; readonly messages: object }>
  >;
  readonly components: { readonly messages: Readonly<Record<string, Message>> };
}

/**
 * Serves the description of the events: as AsyncAPI 3 at /api/asyncapi.json, and with `pages` for people at /api/events, where
 * nothing is loaded from elsewhere.
 */
export function serveEventDescription(server: FastifyInstance, { pages }: { readonly pages: boolean }): void {
  const text = readFileSync(createRequire(import.meta.url).resolve('@storefront/schema/asyncapi.json'), 'utf8');
  server.get('/api/asyncapi.json', async (_request, reply) => reply.type('application/json; charset=utf-8').send(text));
  if (!pages) return;
  const page = renderPage(JSON.parse(text) as Description);
  server.get('/api/events', async (_request, reply) =>
    setPagePolicy(reply, { 'style-src': "'unsafe-inline'" }).type('text/html; charset=utf-8').send(page),
  );
}

function renderPage({ info, channels, components }: Description): string {
  const rows = Object.entries(channels).map(
    ([, { address, description, messages }]) =>
      `<tr><th scope="row"><code>${escape(address)}</code></th><td>${escape(description)}</td><td>${Object.keys(
        messages,
      )
        .map((name) => linkTo(components.messages[name]?.name ?? name))
        .join(' ')}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${escape(info.title)}</title>
    <style>${style}</style>
  </head>
  <body>
    <main>
      <h1>${escape(info.title)} <small>${escape(info.version)}</small></h1>
      <p>${escape(info.description)}</p>
      <p><a href="/api/asyncapi.json">As AsyncAPI 3</a> · <a href="/console">Console</a> · <a href="/api/docs">REST</a> · <a href="/ide">IDE</a></p>
      <h2>Exchanges and queues</h2>
      <table><thead><tr><th scope="col">Address</th><th scope="col">What it is</th><th scope="col">Events</th></tr></thead><tbody>${rows.join('')}</tbody></table>
      <h2>Events</h2>
      ${Object.values(components.messages).map(renderMessage).join('\n')}
    </main>
  </body>
</html>
`;
}

function renderMessage({ name, summary = '', payload }: Message): string {
  const facts = payload.allOf.find(({ properties }) => properties?.['data']);
  const { data, dataversion } = facts?.properties ?? {};
  const fields = fieldsOf(data ?? {}).map(
    ([path, type]) => `<tr><th scope="row"><code>${escape(path)}</code></th><td><code>${escape(type)}</code></td></tr>`,
  );
  return `<article id="${escape(name)}">
        <h3>${escape(name)} <small>version ${escape(JSON.stringify(dataversion?.const ?? 1))}</small></h3>
        <p>${escape(summary)}</p>
        <table><thead><tr><th scope="col">Field of data</th><th scope="col">Type</th></tr></thead><tbody>${fields.join('')}</tbody></table>
      </article>`;
}

/** Every field of an object, those of objects within by path; `?` marks one that may be missing. */
function fieldsOf({ properties = {}, required = [] }: Schema, path = ''): (readonly [string, string])[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const own = `${path}${name}${required.includes(name) ? '' : '?'}`;
    const inner = schema.items ?? schema;
    const nested = inner.properties ? fieldsOf(inner, `${own}${schema.items ? '[]' : ''}.`) : [];
    return [[own, typeOf(schema)] as const, ...nested];
  });
}

function typeOf({ type, enum: values, const: only, format, items, anyOf }: Schema): string {
  if (only !== undefined) return JSON.stringify(only);
  if (values) return values.map((value) => JSON.stringify(value)).join(' | ');
  if (anyOf) return anyOf.map(typeOf).join(' | ');
  if (items) return `${typeOf(items)}[]`;
  const name = [type ?? 'any'].flat().join(' | ');
  return format === undefined ? name : `${name} (${format})`;
}

const linkTo = (event: string) => `<a href="#${escape(event)}">${escape(event)}</a>`;
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string) => text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);

const style = `
      :root { color-scheme: light dark; --line: light-dark(#dfe3ea, #2a3242); --quiet: light-dark(#566073, #9aa6bb); }
      body { margin: 0; font: 15px/1.55 system-ui, sans-serif; background: light-dark(#f5f6f9, #0e1118); color: light-dark(#171b26, #e9edf5); }
      main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
      small { color: var(--quiet); font-weight: 400; font-size: .7em; }
      a { color: light-dark(#3b4fd8, #8c9bff); }
      table { width: 100%; border-collapse: collapse; font-size: .92em; }
      th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-top: 1px solid var(--line); font-weight: 400; }
      thead th { border: 0; color: var(--quiet); }
      article { margin: 1rem 0; padding: .8rem 1.1rem 1rem; border: 1px solid var(--line); border-radius: 12px; background: light-dark(#fff, #161b26); }
      h3 { margin: 0; } article p { margin: .2rem 0 .6rem; color: var(--quiet); }
      td a { display: inline-block; padding: 4px 10px 4px 0; }
      code { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .92em; }`;
