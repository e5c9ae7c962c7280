import { LockMode, UniqueConstraintViolationException } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { appendEvents } from '@storefront/platform/outbox/append-events.ts';
import type { Postgres } from '@storefront/platform/postgres/open.ts';
import type { NotFound, SkuTaken } from '../domain/outcomes.ts';
import { notFound, skuTaken } from '../domain/outcomes.ts';
import type { ChangedProduct, HeldProduct, Product, Revised } from '../domain/product.ts';
import { createdProduct } from '../domain/product.ts';
import { isRowId } from '@storefront/platform/postgres/row-id.ts';
import type { ProductDraft } from '../domain/product-input.ts';
import { isSku } from '../domain/sku.ts';
import type { Stock } from '../domain/stock.ts';
import { firstStock } from '../domain/stock.ts';
import type { Announcing, ProductStore } from '../use-cases/ports.ts';
import { ProductRow, StockRow } from './entities.ts';
import { listProducts } from './list-products.ts';
import { toColumns, toProduct, toStock } from './records.ts';

/** The products in Postgres. Every call takes a connection of its own and gives it back. */
export function createProductStore({ postgres }: { postgres: Postgres }): ProductStore {
  return {
    byIds: async (ids) => byKey(await readProducts(postgres.fork(), { id: { $in: ids.filter(isRowId) } }), 'id'),
    bySkus: async (skus) => byKey(await readProducts(postgres.fork(), { sku: { $in: skus.filter(isSku) } }), 'sku'),
    stockOf: async (ids) => {
      const rows = await postgres.fork().find(StockRow, { productId: { $in: ids.filter(isRowId) } });
      return new Map(rows.map((row) => [row.productId, toStock(row)]));
    },
    list: (listing) => listProducts(postgres.fork(), listing),
    add: (draft, skus, announcing) => postgres.fork().transactional((em) => add(em, draft, skus, announcing)),
    change: (id, revise, announcing) => change(postgres.fork(), { id, revise, announcing }),
  };
}

async function readProducts(
  em: EntityManager,
  where: { id: { $in: string[] } } | { sku: { $in: string[] } },
): Promise<Product[]> {
  const rows = await em.find(ProductRow, where);
  return rows.map(toProduct);
}

function byKey(products: readonly Product[], key: 'id' | 'sku'): Map<string, Product> {
  return new Map(products.map((product) => [product[key], product]));
}

async function add(
  em: EntityManager,
  draft: ProductDraft,
  skus: Iterable<string>,
  { announce, at }: Announcing,
): Promise<Product | null> {
  for (const sku of skus) {
    const id = await insertProduct(em, { ...draft, sku }, at);
    if (id === null) continue;
    const { product, events } = createdProduct(draft, { id, sku }, at);
    await em.insert(StockRow, firstStock(id, draft.initialStock));
    await appendEvents(em, events.map(announce.productChanged));
    return product;
  }
  return null;
}

/** The id of the new row, or null when the sku is taken; the transaction goes on either way. */
async function insertProduct(
  em: EntityManager,
  draft: ProductDraft & { sku: string },
  at: Date,
): Promise<string | null> {
  const { sku, name, description, price, weightGrams } = draft;
  const [row] = await em.execute<{ id: string }[]>(
    `insert into products.products
       (sku, name, description, price_amount_minor, currency, weight_grams, created_at, updated_at)
     values (?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (sku) do nothing returning id`,
    [sku, name, description, price.amountMinor, price.currency, weightGrams, at, at],
  );
  return row?.id ?? null;
}

interface Change<Refusal> {
  readonly id: string;
  readonly revise: (held: HeldProduct) => Revised<Refusal>;
  readonly announcing: Announcing;
}

async function change<Refusal>(
  em: EntityManager,
  { id, revise, announcing }: Change<Refusal>,
): Promise<{ changed: ChangedProduct } | { refused: Refusal | NotFound | SkuTaken }> {
  try {
    return await em.transactional(async (transaction) => {
      const held = await lock(transaction, id);
      if (!held) return { refused: notFound(['id']) };
      const revised = revise(held);
      if ('changed' in revised) await save(transaction, held.stock, revised.changed, announcing);
      return revised;
    });
  } catch (error) {
    if (isSkuConflict(error)) return { refused: skuTaken() };
    throw error;
  }
}

function isSkuConflict(error: unknown): boolean {
  return error instanceof UniqueConstraintViolationException && error.message.includes('products_sku_unique');
}

async function lock(em: EntityManager, id: string): Promise<HeldProduct | null> {
  const options = { lockMode: LockMode.PESSIMISTIC_WRITE, disableIdentityMap: true } as const;
  const product = await em.findOne(ProductRow, { id, withdrawnAt: null }, options);
  const stock = product && (await em.findOne(StockRow, { productId: id }, options));
  return product && stock ? { product: toProduct(product), stock: toStock(stock) } : null;
}

async function save(
  em: EntityManager,
  before: Stock,
  changed: ChangedProduct,
  { announce }: Announcing,
): Promise<void> {
  const { product, stock, events } = changed;
  if (events.length === 0) return;
  await em.nativeUpdate(ProductRow, { id: product.id }, toColumns(product));
  const { initial, available } = stock;
  if (initial !== before.initial) await em.nativeUpdate(StockRow, { productId: product.id }, { initial, available });
  await appendEvents(em, events.map(announce.productChanged));
}
