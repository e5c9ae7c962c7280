import type { CacheReport } from '../cache/cache-report.ts';
import type { ExecutionResult, GraphQLError } from 'graphql';

/** The JSON of a result: of its data as text, or of the whole faultless answer as bytes; one of the two is there. */
interface Json {
  text: string | null;
  bytes: Buffer | null;
}

/**
 * A result whose data is parsed when it is first looked at. All share one accessor: a literal with an accessor makes a hidden
 * class of its own each time, which keeps what the accessor sees until the next major collection.
 */
class TextResult implements ExecutionResult {
  static readonly #dataProperty: PropertyDescriptor & ThisType<TextResult> = {
    configurable: true,
    enumerable: true,
    get() {
      return (this.#data ??= JSON.parse(textOf(this.#json)) as Record<string, unknown>);
    },
  };

  declare readonly data: Record<string, unknown>;
  declare readonly errors?: readonly GraphQLError[];
  readonly #json: Json;
  readonly #report: CacheReport | null;
  #data: Record<string, unknown> | undefined;

  constructor(json: Json, errors: readonly GraphQLError[] | undefined, report: CacheReport | null) {
    this.#json = json;
    this.#report = report;
    Object.defineProperty(this, 'data', TextResult.#dataProperty);
    if (errors && errors.length > 0) this.errors = errors;
  }

  static jsonOf(result: ExecutionResult): Json | undefined {
    return #json in result ? result.#json : undefined;
  }

  static reportOf(result: ExecutionResult): CacheReport | null {
    return #json in result ? result.#report : null;
  }
}

const [head, tail] = ['{"data":', '}'];

/**
 * Makes a result whose data is known as JSON text; null when there is none. The data is parsed when it is first looked at: most
 * transports send the text as it is (see `encodeResult`).
 */
export function createResult(
  text: string | null,
  errors: readonly GraphQLError[] = [],
  report: CacheReport | null = null,
): ExecutionResult {
  return text === null ? { errors, data: null } : new TextResult({ text, bytes: null }, errors, report);
}

/**
 * The same result once more, for another reader: the data is parsed anew, so that nobody sees what the other does with it. From the
 * first copy on the answer is kept as bytes. `report` is what the cache had to do with it this time.
 */
export function copyResult(result: ExecutionResult, report = cacheReportOf(result)): ExecutionResult {
  const json = TextResult.jsonOf(result);
  if (!json) return { ...result };
  if (json.text !== null && !result.errors) {
    json.bytes = Buffer.from(head + json.text + tail);
    json.text = null;
  }
  return new TextResult(json, result.errors, report);
}

/** How old a result is, and how long it may be kept; null when nobody wanted to know, or it has no data. */
export function cacheReportOf(result: ExecutionResult): CacheReport | null {
  return TextResult.reportOf(result);
}

/**
 * A result as JSON, errors first; as bytes when it is sent more than once. Whoever changes a result must give one of its own.
 * Source: GraphQL October 2021, 7.2
 */
export function encodeResult(result: ExecutionResult): string | Buffer {
  const json = TextResult.jsonOf(result);
  const { errors } = result;
  if (!json) return JSON.stringify({ errors, data: result.data, extensions: result.extensions });
  if (errors) return `{"errors":${JSON.stringify(errors)},"data":${textOf(json)}}`;
  return json.bytes ?? head + textOf(json) + tail;
}

/** How many bytes a result keeps in memory, about. */
export function sizeOfResult(result: ExecutionResult): number {
  const json = TextResult.jsonOf(result);
  return json?.bytes?.length ?? json?.text?.length ?? 0;
}

function textOf({ text, bytes }: Json): string {
  return text ?? bytes?.toString('utf8', head.length, bytes.length - tail.length) ?? 'null';
}
