import type { SubgraphName } from './graph.ts';

const towns = ['Aberdeen', 'Bristol', 'Carlisle', 'Dundee', 'Exeter', 'Falmouth'];
const nouns = ['harbour', 'orchard', 'lighthouse', 'quarry', 'meadow', 'station'];
const praise = ['a slow start and a fine end', 'kept me up all night', 'well told, and true', 'not for rainy days'];

const readers = towns.map((town, index) => ({ id: String(index + 1), name: `A. ${town}`, town }));
const books = nouns.map((noun, index) => ({
  isbn: `978-0-${1000 + index * 37}`,
  title: `The old ${noun}`,
  priceCents: 799 + index * 150,
  grams: 180 + index * 45,
}));
/** Each reader has reviewed four books, each book has four reviews. */
const reviews = Array.from({ length: readers.length * 4 }, (_, index) => ({
  id: String(index + 1),
  text: `${index + 1}: ${praise[index % praise.length]}`,
  stars: 1 + ((index * 7) % 5),
  authorId: readers[index % readers.length]?.id ?? '',
  isbn: books[(index + Math.floor(index / books.length)) % books.length]?.isbn ?? '',
}));

type Review = (typeof reviews)[number];
interface Book {
  isbn: string;
  priceCents: number;
  grams: number;
}
const starsOf = (isbn: string) => reviews.filter((review) => review.isbn === isbn).map(({ stars }) => stars);
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** What answers in each subgraph: constant data in memory, so that the same request always has the same answer. */
export const subgraphResolvers: Readonly<Record<SubgraphName, object>> = {
  accounts: {
    Query: {
      reader: (_: unknown, { id }: { id: string }) => readers.find((reader) => reader.id === id),
      readers: () => readers,
    },
    Reader: { __resolveReference: ({ id }: { id: string }) => readers.find((reader) => reader.id === id) },
  },
  inventory: {
    Book: {
      __resolveReference: (book: Book) => book,
      inStock: ({ isbn }: Book) => Number(isbn.at(-1)) % 2 === 0,
      shippingCents: ({ priceCents, grams }: Book) => (priceCents > 1200 ? 0 : Math.ceil(grams / 2)),
    },
  },
  products: {
    Query: {
      book: (_: unknown, { isbn }: { isbn: string }) => books.find((book) => book.isbn === isbn),
      bestSellers: (_: unknown, { first }: { first: number }) => books.slice(0, first),
    },
    Book: { __resolveReference: ({ isbn }: Book) => books.find((book) => book.isbn === isbn) },
  },
  reviews: {
    Query: { latestReviews: (_: unknown, { first }: { first: number }) => reviews.slice(-first) },
    Review: {
      __resolveReference: ({ id }: Review) => reviews.find((review) => review.id === id),
      author: ({ authorId }: Review) => ({ __typename: 'Reader', id: authorId }),
      book: ({ isbn }: Review) => ({ __typename: 'Book', isbn }),
    },
    Reader: { reviews: ({ id }: { id: string }) => reviews.filter(({ authorId }) => authorId === id) },
    Book: {
      reviews: ({ isbn }: Book) => reviews.filter((review) => review.isbn === isbn),
      averageStars: ({ isbn }: Book) => sum(starsOf(isbn)) / Math.max(1, starsOf(isbn).length),
    },
  },
};

/** The keys of the data, for workloads. */
export const readerIds = readers.map(({ id }) => id);
export const isbns = books.map(({ isbn }) => isbn);
