/** The services that own data, in the order in which tables show them, and where each listens unless that port is taken. */
export const subgraphPorts = {
  users: 3001,
  products: 3002,
  orders: 3003,
} as const;

/** The name of a service that owns data: of its schema, its role and its folder, too. */
export type SubgraphName = keyof typeof subgraphPorts;

/** All of them. */
export const subgraphNames = Object.keys(subgraphPorts) as readonly SubgraphName[];

/** One value for each of them. */
export const forEachSubgraph = <Value>(valueOf: (name: SubgraphName) => Value): Readonly<Record<SubgraphName, Value>> =>
  Object.fromEntries(subgraphNames.map((name) => [name, valueOf(name)])) as Record<SubgraphName, Value>;
