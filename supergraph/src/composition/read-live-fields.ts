import { type DocumentNode, Kind, OperationTypeNode } from 'graphql';
import { z } from 'zod';
import { argumentOf, directiveName, type Link } from './links.ts';
import type { LiveDefinition } from './supergraph.ts';

const text = z.string().min(1);
const live = z.object({
  event: z.union([text.transform((one) => [one]), z.array(text).min(1)]),
  argument: text.nullish(),
  attribute: text.nullish(),
  seesAll: text.nullish(),
});

/** Reads `@live` on the fields of the subscription type, by field name. @throws z.ZodError when it says nothing usable */
export function readLiveFields(document: DocumentNode, links: readonly Link[]): ReadonlyMap<string, LiveDefinition> {
  const link = links.find(({ spec, isApollo }) => spec === 'live' && !isApollo);
  const directive = link ? directiveName(link, 'live') : 'live';
  const root = subscriptionTypeOf(document);
  const found = new Map<string, LiveDefinition>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION || definition.name.value !== root) continue;
    for (const field of definition.fields ?? []) {
      const application = field.directives?.find(({ name }) => name.value === directive);
      if (!application) continue;
      const read = (name: string) => argumentOf(application, name);
      const said = live.parse({
        event: read('event'),
        argument: read('argument'),
        attribute: read('attribute'),
        seesAll: read('seesAll'),
      });
      found.set(field.name.value, {
        events: said.event,
        filter: said.argument && said.attribute ? { argument: said.argument, attribute: said.attribute } : null,
        seesAll: said.seesAll ?? null,
      });
    }
  }
  return found;
}

function subscriptionTypeOf(document: DocumentNode): string {
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION) continue;
    const root = definition.operationTypes.find(({ operation }) => operation === OperationTypeNode.SUBSCRIPTION);
    if (root) return root.type.name.value;
  }
  return 'Subscription';
}
