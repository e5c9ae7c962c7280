import { type ConstDirectiveNode, Kind, parse } from 'graphql';
import { argumentOf } from '../../composition/links.ts';

/** An interface that is an object in some subgraph. */
export interface InterfaceObject {
  /** The fields that such a subgraph gives to all types behind the interface. */
  readonly fields: ReadonlySet<string>;
  /** Those of them that it computes from others. */
  readonly computed: ReadonlySet<string>;
}

/** Reads the interface objects of a supergraph, by name. Source: specs.apollo.dev/join/v0.5#@type, @field */
export function readInterfaceObjects(supergraphSdl: string): ReadonlyMap<string, InterfaceObject> {
  const found = new Map<string, InterfaceObject>();
  for (const definition of parse(supergraphSdl, { noLocation: true }).definitions) {
    if (definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    const graphs = (definition.directives ?? [])
      .filter((one) => one.name.value === 'join__type' && argumentOf(one, 'isInterfaceObject') === true)
      .map((one) => argumentOf(one, 'graph'));
    if (graphs.length === 0) continue;
    const isGiven = (one: ConstDirectiveNode) =>
      graphs.includes(argumentOf(one, 'graph')) && argumentOf(one, 'external') !== true;
    const fields = (definition.fields ?? []).map(({ name, directives = [] }) => {
      const joins = directives.filter((one) => one.name.value === 'join__field');
      const given = joins.filter(isGiven);
      const isComputed = given.some((one) => argumentOf(one, 'requires') !== undefined);
      return { name: name.value, isGiven: joins.length === 0 || given.length > 0, isComputed };
    });
    const namesOf = (some: typeof fields) => new Set(some.map(({ name }) => name));
    found.set(definition.name.value, {
      fields: namesOf(fields.filter((field) => field.isGiven)),
      computed: namesOf(fields.filter((field) => field.isComputed)),
    });
  }
  return found;
}
