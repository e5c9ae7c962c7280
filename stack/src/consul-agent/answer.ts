import type { z } from 'zod';
import type { Catalog } from './catalog.ts';
import type { Changes } from './changes.ts';
import type { KeyValue } from './key-value.ts';

/** One request, parsed: captured path parts are decoded. */
export type Question = { readonly parts: readonly string[]; readonly query: URLSearchParams; readonly body: Buffer };
/** What a route answers. A string is sent as text, anything else as JSON; no body sends none. */
export type Answer = { readonly status?: number; readonly body?: unknown };
/** A route. With `topics` it supports blocking queries: the answer is made after a matching topic passed `index`. */
export type Route = {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly path: RegExp;
  readonly topics?: (question: Question) => (topic: string) => boolean;
  readonly answer: (question: Question) => Answer;
};

/** Says no, in Consul's way: a status and one line of text. */
export class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Everything the routes work on. */
export type AgentState = {
  readonly changes: Changes;
  readonly catalog: Catalog;
  readonly keys: KeyValue;
  readonly node: { readonly name: string; readonly id: string; readonly address: string };
};

/** True for `?name`, `?name=` and `?name=true`, as Consul reads its flags. */
export const hasFlag = (query: URLSearchParams, name: string): boolean =>
  query.has(name) && query.get(name) !== 'false' && query.get(name) !== '0';

/** The request's body as JSON of this shape. @throws Refusal 400 with what is wrong with it */
export function parseBody<Shape extends z.ZodType>(shape: Shape, { body }: Question): z.infer<Shape> {
  const text = body.toString();
  const json = () => {
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      throw new Refusal(400, `Request decode failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const result = shape.safeParse(json());
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Refusal(400, `Request decode failed: ${issue?.path.join('.')}: ${issue?.message}`);
}
