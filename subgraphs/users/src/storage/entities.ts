import { type InferEntity, defineEntity, p } from '@mikro-orm/core';

/** The Postgres schema, and its role, that this service owns. */
export const schemaName = 'users';

/** The rows of `users.users`. */
export const UserEntity = defineEntity({
  name: 'User',
  tableName: 'users',
  schema: schemaName,
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    name: p.text(),
    email: p.text(),
    role: p.enum(['CUSTOMER', 'ADMIN'] as const),
    passwordHash: p.text().nullable(),
    sessionEpoch: p.integer(),
    loyaltyPoints: p.integer(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

/** The rows of `users.notifications`. */
export const NotificationEntity = defineEntity({
  name: 'Notification',
  tableName: 'notifications',
  schema: schemaName,
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    userId: p.bigint('string'),
    type: p.text(),
    message: p.text(),
    eventId: p.text(),
    createdAt: p.datetime(),
    mail: p.enum(['none', 'waiting', 'sent', 'failed'] as const),
    mailDueAt: p.datetime().nullable(),
    mailAttempts: p.integer(),
  },
});

/** One row of `users.users`. */
export type UserRow = InferEntity<typeof UserEntity>;

/** One row of `users.notifications`. */
export type NotificationRow = InferEntity<typeof NotificationEntity>;
