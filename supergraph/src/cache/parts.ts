import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { CachePolicy } from '@storefront/platform/caching/policy.ts';
import type { SubgraphError } from '../engine/compile/ask.ts';
import { isJsonObject } from '../engine/compile/merge.ts';
import type { SubgraphAnswer } from '../subgraphs/client.ts';
import type { Entry } from './entry.ts';

/** One entity of an answer, or the whole answer to a fetch of root fields. */
export interface Part {
  /** Null for an entity that is not there. */
  readonly bytes: Buffer | null;
  /** Of an entity what its subgraph said about it, without the way to it. */
  readonly errors: readonly SubgraphError[];
  /** What is kept of it; null when it is not. */
  readonly entry: Entry | null;
  readonly came: 'hit' | 'stale' | 'miss';
}

const head = Buffer.from('{"data":{"_entities":[');
const comma = Buffer.from(',');
const tail = Buffer.from(']}}');
const nothing = Buffer.from('null');

/** Puts an answer together; of one that is expected the bytes are enough. */
export function composeAnswer(parts: readonly Part[], isEntityFetch: boolean, expected?: Buffer): SubgraphAnswer {
  const [first] = parts;
  const bytes = isEntityFetch ? joinEntities(parts) : (first?.bytes ?? Buffer.from('{"data":null}'));
  if (expected?.equals(bytes)) return { status: 200, json: undefined, bytes: expected, isExpected: true };
  return { status: 200, json: JSON.parse(bytes.toString('utf8')) as unknown, bytes };
}

function joinEntities(parts: readonly Part[]): Buffer {
  const pieces: Buffer[] = [];
  for (const { bytes } of parts) pieces.push(pieces.length === 0 ? head : comma, bytes ?? nothing);
  const errors = parts.flatMap((part, slot) => part.errors.map((error) => locate(error, slot)));
  if (errors.length === 0) return Buffer.concat([...pieces, tail]);
  return Buffer.concat([...pieces, Buffer.from(`]},"errors":${JSON.stringify(errors)}}`)]);
}

function locate(error: SubgraphError, slot: number): SubgraphError {
  const inner = Array.isArray(error.path) ? (error.path as readonly unknown[]) : [];
  return { ...error, path: ['_entities', slot, ...inner] };
}

/** What a subgraph answered, taken apart; null when it is nothing that can be. */
export function readParts(
  { status, json, bytes }: SubgraphAnswer,
  { count, isEntityFetch }: { readonly count: number; readonly isEntityFetch: boolean },
): readonly Omit<Part, 'entry' | 'came'>[] | null {
  if (status !== 200 || !isJsonObject(json)) return null;
  const errors = readErrors(json['errors'] ?? null);
  const { data } = json;
  if (!errors || (data !== null && data !== undefined && !isJsonObject(data))) return null;
  if (!isEntityFetch) return [{ bytes: bytes ?? Buffer.from(JSON.stringify(json)), errors }];
  const entities: unknown = data?.['_entities'] ?? null;
  if (entities === null ? errors.length === 0 : !Array.isArray(entities) || entities.length !== count) return null;
  const list = (entities ?? []) as readonly unknown[];
  const bySlot = Map.groupBy(errors, slotOf);
  return Array.from({ length: count }, (_, slot) => ({
    bytes: isJsonObject(list[slot]) ? Buffer.from(JSON.stringify(list[slot])) : null,
    errors: [...(bySlot.get(null) ?? []), ...(bySlot.get(slot) ?? [])].map(withoutWay),
  }));
}

function readErrors(value: unknown): readonly SubgraphError[] | null {
  if (value === null) return [];
  const isGood = Array.isArray(value) && value.every((one) => isJsonObject(one) && typeof one['message'] === 'string');
  return isGood ? (value as SubgraphError[]) : null;
}

function slotOf({ path }: SubgraphError): number | null {
  const slot: unknown = Array.isArray(path) ? path[1] : undefined;
  return typeof slot === 'number' ? slot : null;
}

function withoutWay(error: SubgraphError): SubgraphError {
  return { ...error, path: Array.isArray(error.path) ? (error.path as readonly unknown[]).slice(2) : [] };
}

/** The part that is kept of what was read; nothing that has an error, and nothing that is not there. */
export function toEntry(
  { bytes, errors }: Pick<Part, 'bytes' | 'errors'>,
  kept: { readonly policy: CachePolicy | null; readonly askedAtMs: number; readonly tags: readonly string[] },
): Entry | null {
  const { policy, askedAtMs, tags } = kept;
  return policy && bytes && errors.length === 0 ? { bytes, policy, askedAtMs, tags } : null;
}

const faultCodes: ReadonlySet<unknown> = new Set([
  'INTERNAL_SERVER_ERROR',
  'SERVICE_UNAVAILABLE',
  'SUBGRAPH_UNAVAILABLE',
  'DEADLINE_EXCEEDED',
]);
const refusalCodes: ReadonlySet<unknown> = new Set(['UNAUTHENTICATED', 'FORBIDDEN']);

/** True when the subgraph could not do what it should. */
export function isFaulty({ errors }: Pick<Part, 'errors'>): boolean {
  return errors.some((error) => faultCodes.has(codeOf(error)));
}

/** True when the subgraph would not tell this to everybody. */
export function isRefused({ errors }: Pick<Part, 'errors'>): boolean {
  return errors.some((error) => refusalCodes.has(codeOf(error)));
}

function codeOf({ extensions }: SubgraphError): unknown {
  return isJsonObject(extensions) ? extensions['code'] : undefined;
}

/** A part that was kept. */
export function toPart(entry: Entry, came: Part['came']): Part {
  return { bytes: entry.bytes, errors: [], entry, came };
}

/** A part that could not be had, while others could. */
export function toFailedPart(fault: unknown): Part {
  const isTold = fault instanceof CodedError && fault.expose;
  const message = isTold ? fault.message : 'A part of the graph cannot answer at the moment';
  const code = isTold ? fault.code : 'SUBGRAPH_UNAVAILABLE';
  return { bytes: null, errors: [{ message, extensions: { code } }], entry: null, came: 'miss' };
}
