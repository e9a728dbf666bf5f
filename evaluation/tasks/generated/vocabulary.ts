import type { Split } from './family.js';

/** Words of which each split has its own. */
type Words = Readonly<Record<Split, readonly string[]>>;

export const people: Words = {
  train: ['Anna', 'Ben', 'Clara', 'David', 'Emma', 'Frank', 'Grace', 'Henry', 'Jack', 'Kate', 'Leo', 'Maria'],
  test: ['Nina', 'Oscar', 'Paul', 'Rosa', 'Sam', 'Tom', 'Vera', 'Walter'],
};

export const things: Words = {
  train: ['apple', 'ball', 'book', 'card', 'coin', 'cup', 'hat', 'key', 'map', 'pen', 'ring', 'stone'],
  test: ['bell', 'brush', 'candle', 'comb', 'drum', 'mask', 'rope', 'spoon'],
};

/** Kinds that nobody knows anything of. */
export const kinds: Words = {
  train: [
    ...['wug', 'dax', 'blick', 'fep', 'zorp', 'mib', 'tove', 'gorp', 'lurn', 'snig'],
    ...['plim', 'vash', 'crell', 'dorf', 'hink', 'quab', 'rimp', 'stroon', 'yalp', 'narg'],
  ],
  test: [
    ...['brup', 'cheff', 'drail', 'flond', 'grent', 'jusk', 'kloy', 'lomp', 'murge', 'nelk'],
    ...['prosk', 'sploot', 'thale', 'urdle', 'voom', 'whisp', 'zant', 'tarn', 'oggle', 'pibb'],
  ],
};

export const cities: Words = {
  train: ['Porto', 'Graz', 'Lyon', 'Turin', 'Bergen', 'Leeds', 'Gdansk', 'Zagreb'],
  test: ['Ghent', 'Basel', 'Cork', 'Malaga', 'Tartu', 'Split'],
};
