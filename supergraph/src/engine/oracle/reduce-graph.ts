import { type ASTNode, type DocumentNode, Kind, parse, print, visit } from 'graphql';
import type { SubgraphText } from './facts.ts';

/**
 * Takes out of the SDLs what a failure does not need: fields, directives, types, members, subgraphs, one after the other, as long
 * as `stillFails` says so. Stops after `timeoutMs` with what it has by then.
 */
export async function reduceGraph(
  texts: readonly SubgraphText[],
  stillFails: (texts: readonly SubgraphText[]) => Promise<boolean>,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<readonly SubgraphText[]> {
  const endsAt = performance.now() + timeoutMs;
  let current = texts;
  let isSmaller = true;
  while (isSmaller && performance.now() < endsAt) {
    isSmaller = false;
    for (const candidate of smaller(current)) {
      if (performance.now() >= endsAt) break;
      if (!(await stillFails(candidate))) continue;
      current = candidate;
      isSmaller = true;
      break;
    }
  }
  return current;
}

/** All SDLs with one thing less, the big things first. */
function* smaller(texts: readonly SubgraphText[]): Generator<readonly SubgraphText[]> {
  for (const text of texts) if (texts.length > 1) yield texts.filter((other) => other !== text);
  for (const kinds of [types, [Kind.FIELD_DEFINITION], parts]) {
    for (const text of texts) {
      const document = parse(text.sdl, { noLocation: true });
      for (const node of nodesOf(document, kinds)) {
        const sdl = print(without(document, node));
        yield texts.map((other) => (other === text ? { name: text.name, sdl } : other));
      }
    }
  }
}

const types: readonly string[] = [
  Kind.OBJECT_TYPE_DEFINITION,
  Kind.INTERFACE_TYPE_DEFINITION,
  Kind.UNION_TYPE_DEFINITION,
  Kind.ENUM_TYPE_DEFINITION,
  Kind.INPUT_OBJECT_TYPE_DEFINITION,
  Kind.SCALAR_TYPE_DEFINITION,
];
const parts: readonly string[] = [Kind.DIRECTIVE, Kind.INPUT_VALUE_DEFINITION];

function nodesOf(document: DocumentNode, kinds: readonly string[]): readonly ASTNode[] {
  const found: ASTNode[] = [];
  visit(document, {
    SchemaExtension: () => false,
    enter: (node) => {
      if (kinds.includes(node.kind)) found.push(node);
    },
  });
  return found;
}

function without(document: DocumentNode, gone: ASTNode): DocumentNode {
  return visit(document, { enter: (node) => (node === gone ? null : undefined) });
}
