import { once } from '@storefront/platform/inbox/once.ts';
import type { Postgres } from '@storefront/platform/postgres/open.ts';
import { isRowId } from '@storefront/platform/postgres/row-id.ts';
import { reviewsAccounts } from '@storefront/schema/events/queues.ts';
import type { Review } from '../domain/review.ts';
import type { Reviews } from '../use-cases/ports.ts';
import { type ReviewRecord, ReviewRow, schemaName } from './entities.ts';

/** The reviews in Postgres. Each call takes an entity manager of its own. */
export function createReviewStore({ postgres }: { readonly postgres: Pick<Postgres, 'fork'> }): Reviews {
  const fork = () => postgres.fork();
  return {
    add: async (draft) => ({ ...draft, id: await fork().insert(ReviewRow, { ...draft }) }),
    byIds: async (ids) => {
      const rows = await fork().find(ReviewRow, { id: { $in: ids.filter(isRowId) } });
      return new Map(rows.map((row) => [row.id, toReview(row)]));
    },
    newestOfEach: async (productIds, limit) => {
      const em = fork();
      const rows = await em.execute(newestOfEachSql, [JSON.stringify(productIds), limit]);
      return Map.groupBy(
        rows.map((row) => toReview(em.map(ReviewRow, row))),
        ({ productId }) => productId,
      );
    },
    forgetAuthor: (authorId, eventId) =>
      once(fork, { consumer: reviewsAccounts.queue, eventId }, async (em) => {
        await em.nativeUpdate(ReviewRow, { authorId }, { authorId: null });
      }),
  };
}

const newestOfEachSql = `
  select newest.*
  from jsonb_array_elements_text(?::jsonb) as wanted (product_id)
  cross join lateral (
    select * from ${schemaName}.reviews
    where reviews.product_id = wanted.product_id
    order by reviews.id desc
    limit ?
  ) as newest
  order by newest.product_id, newest.id desc`;

function toReview({ id, productId, authorId, text, createdAt }: ReviewRecord): Review {
  return { id, productId, authorId: authorId ?? null, text, createdAt };
}
