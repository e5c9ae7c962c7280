/** Who asks. `owner` owns the user, the orders and the sessions that are asked for. */
export const callers = ['anonymous', 'another customer', 'owner', 'admin'] as const;
/** One of those who ask. */
export type Who = (typeof callers)[number];

/** For whom a field is. */
export type Class = 'public' | 'signed in' | 'owner or admin' | 'owner' | 'admin';

const allowed: Readonly<Record<Class, readonly Who[]>> = {
  public: callers,
  'signed in': ['another customer', 'owner', 'admin'],
  'owner or admin': ['owner', 'admin'],
  owner: ['owner'],
  admin: ['admin'],
};

/** The law: for whom each field of each type is, said without a look at the code. `*` is every other field of the type. */
export const fieldLaw: Readonly<Record<string, Readonly<Record<string, Class>>>> = {
  User: {
    id: 'public',
    name: 'public',
    createdAt: 'public',
    email: 'owner or admin',
    role: 'owner or admin',
    loyaltyPoints: 'owner or admin',
    notifications: 'owner or admin',
    orders: 'owner or admin',
    sessions: 'owner',
  },
  NotificationConnection: { '*': 'owner or admin' },
  NotificationEdge: { '*': 'owner or admin' },
  Notification: { '*': 'owner or admin' },
  ActiveSession: { '*': 'owner' },
  Product: { '*': 'public' },
  Stock: { available: 'public', inStock: 'public', reserved: 'admin' },
  Money: { '*': 'public' },
  Order: { '*': 'owner or admin' },
  OrderLine: { '*': 'owner or admin' },
  OrderTransition: { '*': 'owner or admin' },
  OrderConnection: { '*': 'owner or admin' },
  OrderEdge: { '*': 'owner or admin' },
  OrderEvent: { '*': 'owner or admin' },
  PageInfo: { '*': 'public' },
  UserConnection: { '*': 'admin' },
  UserEdge: { '*': 'admin' },
  ProductConnection: { '*': 'public' },
  ProductEdge: { '*': 'public' },
  Query: {
    me: 'signed in',
    user: 'public',
    users: 'admin',
    product: 'public',
    products: 'public',
    order: 'owner or admin',
    orders: 'signed in',
  },
  Subscription: { orderCreated: 'owner or admin', orderUpdated: 'owner or admin' },
  Mutation: {
    createUser: 'public',
    updateUser: 'owner or admin',
    deleteUser: 'owner or admin',
    signIn: 'public',
    refreshSession: 'public',
    signOut: 'public',
    revokeSession: 'owner',
    createProduct: 'admin',
    updateProduct: 'admin',
    deleteProduct: 'admin',
    createOrder: 'signed in',
    cancelOrder: 'owner or admin',
  },
};

/** What the law says of a field. @throws Error for a field that it does not know: say there for whom it is */
export function classOf(type: string, field: string): Class {
  const found = fieldLaw[type]?.[field] ?? fieldLaw[type]?.['*'];
  if (!found) throw new Error(`e2e/authorization/law.ts does not say for whom ${type}.${field} is`);
  return found;
}

/** Whether somebody may have what needs all of these. */
export const isAllowed = (who: Who, classes: readonly Class[]): boolean =>
  classes.every((each) => allowed[each].includes(who));

/** The classes that are not public, each once, for people. */
export function describeClasses(classes: readonly Class[]): string {
  const narrow = [...new Set(classes)].filter((each) => each !== 'public');
  return narrow.length === 0 ? 'public' : narrow.join(' and ');
}
