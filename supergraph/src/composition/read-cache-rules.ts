import { type CacheHints, readCacheHints } from '@storefront/platform/caching/hints.ts';
import { type ConstDirectiveNode, type DocumentNode, Kind } from 'graphql';
import { z } from 'zod';
import { readTagFormat, type TagFormat } from '../cache/tag-format.ts';
import { argumentOf, directiveName, type Link } from './links.ts';

/** One `@cacheTag`. */
export interface TagRule {
  readonly format: TagFormat;
  /** The types of the events that throw away what the event's subject names. */
  readonly events: readonly string[];
  /** The argument without which it does not count; null when it always does. */
  readonly whenArgument: readonly string[] | null;
}

/** What a graph says about keeping data: for how long, and what it is thrown away by. */
export interface CacheRules {
  readonly hints: CacheHints;
  /** By `Type` and `Type.field`. */
  readonly tags: ReadonlyMap<string, readonly TagRule[]>;
}

const text = z.string().min(1);
const tag = z.object({
  format: text.transform((format, context) => {
    try {
      return readTagFormat(format);
    } catch (fault) {
      context.addIssue(String(fault));
      return z.NEVER;
    }
  }),
  events: z.array(text).nullish(),
  whenArgument: text.nullish(),
});
const accessSpecs = ['authenticated', 'requiresScopes', 'policy'];

/** Reads `@cacheControl` and `@cacheTag` of a supergraph; null when nothing may be kept. @throws z.ZodError for a tag that is none */
export function readCacheRules(document: DocumentNode, links: readonly Link[]): CacheRules | null {
  const link = links.find(({ spec, isApollo }) => spec === 'cache' && !isApollo);
  if (!link) return null;
  const guards = links.filter(({ spec, isApollo }) => isApollo && accessSpecs.includes(spec));
  const guardNames = new Set(guards.map((guard) => directiveName(guard, guard.spec)));
  const hints = readCacheHints(document, directiveName(link, 'cacheControl'), guardNames);
  return hints && { hints, tags: readTags(document, directiveName(link, 'cacheTag')) };
}

function readTags(document: DocumentNode, directive: string): ReadonlyMap<string, readonly TagRule[]> {
  const tags = new Map<string, readonly TagRule[]>();
  const read = (coordinate: string, directives: readonly ConstDirectiveNode[] = []) => {
    const rules = directives.filter(({ name }) => name.value === directive).map(readTag);
    if (rules.length > 0) tags.set(coordinate, rules);
  };
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    const type = definition.name.value;
    read(type, definition.directives);
    for (const field of definition.fields ?? []) read(`${type}.${field.name.value}`, field.directives);
  }
  return tags;
}

function readTag(application: ConstDirectiveNode): TagRule {
  const said = tag.parse({
    format: argumentOf(application, 'format'),
    events: argumentOf(application, 'events'),
    whenArgument: argumentOf(application, 'whenArgument'),
  });
  return { format: said.format, events: said.events ?? [], whenArgument: said.whenArgument?.split('.') ?? null };
}
