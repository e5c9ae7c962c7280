import { orderRoutes } from './order-routes.ts';
import { productRoutes } from './product-routes.ts';
import type { Route } from './route.ts';
import { sessionRoutes } from './session-routes.ts';
import { userRoutes } from './user-routes.ts';

/** Every REST route: what is served, and what the description of the API is made from. */
export const routes: readonly Route[] = [...sessionRoutes, ...userRoutes, ...productRoutes, ...orderRoutes];
