import type { ConstDirectiveNode, DocumentNode } from 'graphql';
import { visit } from 'graphql';
import { argumentOf } from '../../composition/links.ts';

/** One label of `@override(label:)` in a graph. */
export interface OverrideLabel {
  readonly name: string;
  /** The share of requests that `percent(N)` declares, 0 to 100; null for a label of one's own. */
  readonly percent: number | null;
  /** The names of the fields that it moves. */
  readonly fields: ReadonlySet<string>;
}

/** Who decides which labels are set. */
export interface OverrideOptions {
  /** Whether a label of one's own is set. Default: none is, so that a field stays where it was. */
  readonly isLabelSet?: (label: string) => boolean;
  /**
   * The share of a percent label, 0 to 100, in place of the one it declares; undefined leaves it. Asked with each request, so
   * that a roll-out can go on while the gateway runs.
   */
  readonly shareOf?: (label: string) => number | undefined;
  /** A number from 0 to below 1, for each request. Default: `Math.random`. */
  readonly random?: () => number;
}

/** Reads the labels of a supergraph, each once. Source: specs.apollo.dev/join/v0.4#@field, overrideLabel */
export function readOverrideLabels(supergraph: DocumentNode): readonly OverrideLabel[] {
  const found = new Map<string, Set<string>>();
  visit(supergraph, {
    FieldDefinition({ name, directives = [] }) {
      for (const label of directives.flatMap(labelOf)) {
        found.set(label, (found.get(label) ?? new Set()).add(name.value));
      }
    },
  });
  return [...found].map(([name, fields]) => ({ name, percent: readPercent(name), fields }));
}

function labelOf(directive: ConstDirectiveNode): readonly string[] {
  const label = directive.name.value === 'join__field' ? argumentOf(directive, 'overrideLabel') : undefined;
  return typeof label === 'string' ? [label] : [];
}

/** Source: apollographql.com/docs/graphos/schema-design/federated-schemas/entities/migrate-fields#percent */
function readPercent(label: string): number | null {
  const [, percent] = /^percent\((\d+(?:\.\d+)?)\)$/.exec(label) ?? [];
  return percent === undefined ? null : Number(percent);
}

/**
 * Decides for one request which of the labels are set: `1` or `0` for each. One number is drawn for all percent labels: a label of 20
 * percent is set for every request for which one of 5 percent is. So n of them make n + 1 plans of an operation, not 2^n; Apollo
 * Router draws for each label. Each request draws anew: a caller is not kept on one side.
 */
export type DrawLabels = (labels: readonly OverrideLabel[]) => string;

/** Makes what decides on labels. */
export function createLabelDraw({
  isLabelSet = () => false,
  shareOf = () => undefined,
  random = Math.random,
}: OverrideOptions): DrawLabels {
  return (labels) => {
    if (labels.length === 0) return '';
    const drawn = random() * 100;
    let key = '';
    for (const { name, percent } of labels) {
      const isSet = percent === null ? isLabelSet(name) : drawn < (shareOf(name) ?? percent);
      key += isSet ? '1' : '0';
    }
    return key;
  };
}
