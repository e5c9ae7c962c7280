import { z } from 'zod';

const id = z.int().positive();
const instant = z.iso.datetime();
const currency = z.string().meta({ description: 'ISO 4217', examples: ['EUR'] });

/** A user as REST shows one. */
export const userSchema = z.object({
  id,
  name: z.string(),
  email: z.string().optional().meta({ description: 'Only for the user and for admins.' }),
  role: z.enum(['CUSTOMER', 'ADMIN']).optional().meta({ description: 'Only for the user and for admins.' }),
  createdAt: instant,
});

/** A product as REST shows one. */
export const productSchema = z.object({
  id,
  sku: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  price: z.number().meta({ description: 'In the major unit of the currency, for example 12.5 for EUR 12.50.' }),
  priceMinor: z.int().meta({ description: 'The same in the smallest unit, for example 1250.' }),
  currency,
  weightGrams: z.int(),
  stock: z.int().meta({ description: 'How many can be ordered now.' }),
  inStock: z.boolean(),
  version: z.int().meta({ description: 'Counts the updates; also the ETag.' }),
  createdAt: instant,
  updatedAt: instant,
});

/** An order as REST shows one. Amounts are in the major unit of `currency`. */
export const orderSchema = z.object({
  id,
  userId: id.nullable().meta({ description: 'Null when the account is gone.' }),
  status: z.enum(['PENDING', 'CONFIRMED', 'REJECTED', 'CANCELLED']),
  rejectionReason: z.string().optional(),
  lines: z.array(
    z.object({
      productId: id.nullable(),
      name: z.string().nullable().meta({ description: 'Null while the catalogue cannot be asked.' }),
      quantity: z.int(),
      unitPrice: z.number(),
      lineTotal: z.number(),
    }),
  ),
  total: z.number(),
  currency,
  placedAt: instant,
});

/** Tokens as REST hands them out. */
export const sessionSchema = z.object({
  accessToken: z.string().meta({ description: 'Send it as "Authorization: Bearer ...".' }),
  refreshToken: z.string().meta({ description: 'Good for one call of /refresh.' }),
  expiresInSeconds: z.int(),
  user: z.object({ id, name: z.string() }),
});

/** A problem. Source: RFC 9457 */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  code: z.string().meta({ description: 'Stable, for programs.' }),
  instance: z.string(),
});

/** Every schema that the description of the API names. */
export const responseSchemas: Readonly<Record<string, z.ZodType>> = {
  User: userSchema,
  UserList: z.array(userSchema),
  Product: productSchema,
  ProductList: z.array(productSchema),
  Order: orderSchema,
  OrderList: z.array(orderSchema),
  Session: sessionSchema,
  SignedOut: z.object({ signedOut: z.boolean() }),
  Problem: problemSchema,
};

/** An id in a request: a number, or its digits as text. */
export const idInput = z.union([id, z.string().regex(/^[1-9]\d{0,18}$/, 'must be an id')]).transform(String);
