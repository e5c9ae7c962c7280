import { type InferEntity, defineEntity, p } from '@mikro-orm/core';

/** The Postgres schema, and its role, that this service owns. */
export const schemaName = 'reviews';

/** A row of reviews.reviews. Ids of other services are texts without a reference. */
export const ReviewRow = defineEntity({
  name: 'ReviewRow',
  tableName: 'reviews',
  schema: schemaName,
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    productId: p.text(),
    authorId: p.text().nullable(),
    text: p.text(),
    createdAt: p.datetime(3),
  },
});

/** One review as MikroORM reads it. */
export type ReviewRecord = InferEntity<typeof ReviewRow>;
