import { z } from 'zod';

/** Who buys, inside an event: a user's id, null when the account is gone. */
export const buyerId = z.string().nullable();
