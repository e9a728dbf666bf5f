import { describe, expect, it } from 'vitest';
import { damageAtGain, doseFrontier, meanGainWithin } from '../../../evaluation/statistics/matched-effect.js';
import { seededRandom } from '../../../evaluation/statistics/random.js';

/** Gain grows, turns, and falls below the untreated model while damage goes on: an inverted U. */
const inverted = [
  { gain: 0.1, damage: 0.01 },
  { gain: 0.3, damage: 0.05 },
  { gain: 0.2, damage: 0.2 },
  { gain: -0.4, damage: 1 },
];

describe('the dose–response frontier', () => {
  it('begins with the untreated model and ends at the largest gain', () => {
    expect(doseFrontier(inverted)).toEqual([{ gain: 0, damage: 0 }, ...inverted.slice(0, 2)]);
    expect(doseFrontier([])).toEqual([{ gain: 0, damage: 0 }]);
  });

  it('of random doses has no dose that another beats, and beats all that it leaves out', () => {
    const random = seededRandom('doses');
    const doses = Array.from({ length: 60 }, () => ({ gain: random() - 0.3, damage: random() }));
    const frontier = doseFrontier(doses);
    for (const dose of doses)
      expect(frontier.some(({ gain, damage }) => gain >= dose.gain && damage <= dose.damage)).toBe(true);
    for (const [index, { gain, damage }] of frontier.slice(1).entries()) {
      expect(gain).toBeGreaterThan(frontier[index]?.gain ?? 0);
      expect(damage).toBeGreaterThan(frontier[index]?.damage ?? 0);
    }
  });

  it('is an error with a number that is not finite, or damage below 0', () => {
    expect(() => doseFrontier([{ gain: Number.NaN, damage: 1 }])).toThrow('found a gain of NaN');
    expect(() => doseFrontier([{ gain: 1, damage: -1 }])).toThrow('no damage below 0');
  });
});

describe('the damage at a matched gain', () => {
  it('is that of a dose which gains exactly so much, and halfway between two doses half of both', () => {
    expect(damageAtGain(inverted, 0.3)).toEqual({ damage: 0.05 });
    const { damage } = damageAtGain(inverted, 0.2);
    expect(damage).toBeCloseTo(0.03, 15);
  });

  it('of no gain is none', () => {
    expect(damageAtGain(inverted, 0)).toEqual({ damage: 0 });
    expect(damageAtGain(inverted, -1)).toEqual({ damage: 0 });
  });

  it('beyond the largest gain is not a number, but says how far one gets', () => {
    expect(damageAtGain(inverted, 0.31)).toEqual({ damage: null, reached: 0.3 });
    expect(damageAtGain([{ gain: -1, damage: 2 }], 0.1)).toEqual({ damage: null, reached: 0 });
  });

  it('never falls when more is to be gained', () => {
    const found = [0.05, 0.1, 0.15, 0.25, 0.3].map(
      (gain) => damageAtGain(inverted, gain).damage ?? Number.NaN,
    );
    expect(found.toSorted((a, b) => a - b)).toEqual(found);
  });
});

describe('the mean gain within a damage', () => {
  it('is the area under the steps of the frontier', () => {
    // 0 until .01, .1 until .05, .3 until .1
    expect(meanGainWithin(inverted, 0.1)).toBeCloseTo((0.1 * 0.04 + 0.3 * 0.05) / 0.1, 14);
    expect(meanGainWithin(inverted, 0.01)).toBe(0);
    expect(meanGainWithin([], 1)).toBe(0);
  });

  it('needs a bound', () => {
    expect(() => meanGainWithin(inverted, 0)).toThrow('found a largest damage of 0');
  });
});
