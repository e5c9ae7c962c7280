import { Client } from 'pg';
import type { Span, Tracer } from '../telemetry/tracer.ts';

const maxTextLength = 2_000;

/**
 * A client for pg's pool that makes a span of each statement which is run in the course of another span; what a relay or a sweeper
 * asks every second is not traced. Of statements no value is told: parameters never, literals as `?`.
 * Source: opentelemetry.io/docs/specs/semconv/database/postgresql
 */
export function tracedClient(tracer: Tracer): typeof Client {
  const traced = class TracedClient extends (Client as unknown as PlainClient) {
    override query(...given: readonly unknown[]): unknown {
      const text = tracer.active?.isRecorded ? textOf(given[0]) : undefined;
      if (text === undefined) return super.query(...given);
      const span = startStatement(tracer, text, this.database);
      const asked = super.query(...given);
      if (asked instanceof Promise)
        asked.then(
          () => span.end(),
          (fault: unknown) => endFailed(span, fault),
        );
      else span.end();
      return asked;
    }
  };
  return traced as unknown as typeof Client;
}

/** pg has a dozen signatures for `query`: the first argument always holds the text, and what is awaited is a promise. */
type PlainClient = new (...given: unknown[]) => {
  readonly database?: string;
  query(...given: readonly unknown[]): unknown;
};

function textOf(statement: unknown): string | undefined {
  const text: unknown = typeof statement === 'string' ? statement : Object(statement)['text'];
  return typeof text === 'string' ? text : undefined;
}

function startStatement(tracer: Tracer, text: string, database: string | undefined): Span {
  const { operation, table } = summarize(text);
  const summary = table ? `${operation} ${table}` : operation;
  return tracer.start(summary, {
    kind: 'client',
    attributes: {
      'db.system.name': 'postgresql',
      'db.namespace': database,
      'db.operation.name': operation,
      'db.collection.name': table,
      'db.query.summary': summary,
      'db.query.text': hideValues(text),
    },
  });
}

const place = String.raw`\s+"?(?:\w+"?\."?)?(\w+)`;
const writing = new RegExp(String.raw`\b(insert\s+into|(?<!\b(?:for|do)\s+)update|delete\s+from)${place}`, 'i');
const reading = new RegExp(String.raw`\bselect\b[\s\S]*?\bfrom${place}`, 'i');

/** What a statement does and to which table: its first writing, else its first reading. */
export function summarize(text: string): { readonly operation: string; readonly table: string | undefined } {
  const [, verb = '', written] = writing.exec(text) ?? [];
  if (written) return { operation: (/^\w+/.exec(verb)?.[0] ?? '').toUpperCase(), table: written };
  const read = reading.exec(text)?.[1];
  if (read) return { operation: 'SELECT', table: read };
  return { operation: (/^\s*(\w+)/.exec(text)?.[1] ?? 'statement').toUpperCase(), table: undefined };
}

/** The statement without literals, short enough to be kept. */
export function hideValues(text: string): string {
  const hidden = text.replace(/'(?:[^']|'')*'/g, '?').replace(/(?<![\w$])\d+(?:\.\d+)?\b/g, '?');
  const plain = hidden.replace(/\s+/g, ' ').trim();
  return plain.length > maxTextLength ? `${plain.slice(0, maxTextLength)}…` : plain;
}

function endFailed(span: Span, fault: unknown): void {
  span.fail(fault);
  span.set({ 'db.response.status_code': codeOf(fault) });
  span.end();
}

function codeOf(fault: unknown): string | undefined {
  const code: unknown = Object(fault)['code'];
  return typeof code === 'string' ? code : undefined;
}
