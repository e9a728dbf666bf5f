import { createRequire } from 'node:module';
import { z } from 'zod';
import type { CountriesSource } from '../../schemas/task.js';
import type { Row } from './rows.js';

const Countries = z.array(
  z.object({
    name: z.object({ common: z.string() }),
    region: z.string(),
    capital: z.array(z.string()),
    // A place without currency has an empty list here instead of an empty object.
    currencies: z.union([z.record(z.string(), z.object({ name: z.string() })), z.array(z.never())]),
  }),
);

/**
 * Rows {country, region, answer} of the npm package world-countries. A country with none or several of the fact is left
 * out, since no single option would be the right one; so is the Antarctic, which has too few for wrong options.
 */
export function countryRows({ fact }: CountriesSource): Row[] {
  const countries = Countries.parse(createRequire(import.meta.url)('world-countries'));
  return countries.flatMap(({ name, region, capital, currencies }, index) => {
    const facts = fact === 'capital' ? capital : Object.values(currencies).map((currency) => currency.name);
    const [answer] = facts;
    if (answer === undefined || facts.length > 1 || region === 'Antarctic') return [];
    return [
      {
        fields: { country: name.common, region, answer },
        place: { file: 'world-countries', row: index + 1 },
      },
    ];
  });
}
