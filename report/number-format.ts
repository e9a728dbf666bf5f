/** How a column is written. `name` goes into the page, so that a shown number can be checked against its row. */
export type NumberFormat = { name: string; write: (value: number) => string };

export const percent = format('percent', (value) => `${fixed(100 * value, 1)}\u202F%`);
export const wholePercent = format('whole-percent', (value) => `${fixed(100 * value, 0)}\u202F%`);
/** A confidence level: 95 %, 97.5 %. */
export const level = format('level', (value) => `${Number((100 * value).toFixed(1))}\u202F%`);
/** A difference of scores, in percentage points. */
export const points = format('points', (value) => signed(100 * value, 1));
/** The size of a difference of scores, in percentage points. */
export const pointsSize = format('points-size', (value) => fixed(100 * value, 1));
export const nats = format('nats', (value) => signed(value, 2));
export const logProbability = format('log-probability', (value) => fixed(value, 2));
export const klNats = format('kl-nats', (value) => significant(value, 2));
/** A parameter of a law. */
export const coefficient = format('coefficient', (value) => significant(value, 2));
/** A difference of logarithms: about the share by which one is larger. */
export const logError = format('log-error', (value) => signed(value, 3));
export const ratio = format('ratio', (value) => `×${fixed(value, value < 10 ? 3 : 1)}`);
export const count = format('count', (value) => grouped(value));
/** A mean of counts. */
export const meanCount = format('mean-count', (value) => fixed(value, 1));
/** An estimated number of examples: two digits, since no study knows more. */
export const examples = format('examples', (value) =>
  value < 10 ? fixed(value, 1) : grouped(Number(value.toPrecision(2))),
);
/** A hyper-parameter, as it was declared. */
export const setting = format('setting', (value) => String(value));
/** A coefficient between −1 and 1. */
export const correlation = format('correlation', (value) => signed(value, 2));
/** How often a number doubled; below zero, halved. */
export const doublings = format('doublings', (value) => signed(value, 1));
export const pValue = format('p-value', (value) => (value < 0.001 ? '<\u202F0.001' : fixed(value, 3)));
export const seconds = format('seconds', (value) => duration(value));
export const flops = format('flops', (value) => scaled(value, ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z']));
export const bytes = format('bytes', (value) => `${scaled(value, ['', 'k', 'M', 'G', 'T'])}B`);

export const NUMBER_FORMATS: readonly NumberFormat[] = [
  percent,
  wholePercent,
  level,
  points,
  pointsSize,
  nats,
  logProbability,
  klNats,
  coefficient,
  logError,
  ratio,
  count,
  meanCount,
  examples,
  setting,
  correlation,
  doublings,
  pValue,
  seconds,
  flops,
  bytes,
];

function format(name: string, write: (value: number) => string): NumberFormat {
  return { name, write: (value) => (Number.isFinite(value) ? write(value) : String(value)) };
}

function fixed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace('-', '') : text).replace('-', '−');
}

function signed(value: number, digits: number): string {
  const text = fixed(value, digits);
  return Number(value.toFixed(digits)) > 0 ? `+${text}` : text;
}

function significant(value: number, digits: number): string {
  if (value === 0) return '0';
  return Math.abs(value) < 1e-4
    ? value.toExponential(digits - 1).replace('-', '−')
    : fixed(value, digitsAfterPoint(value, digits));
}

function digitsAfterPoint(value: number, digits: number): number {
  return Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value))));
}

function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202F');
}

function duration(value: number): string {
  if (value < 60) return `${significant(value, 2)}\u202Fs`;
  const whole = Math.round(value);
  if (whole < 3600) return `${Math.floor(whole / 60)}\u202Fmin ${whole % 60}\u202Fs`;
  return `${Math.floor(whole / 3600)}\u202Fh ${Math.floor((whole % 3600) / 60)}\u202Fmin`;
}

function scaled(value: number, prefixes: readonly string[]): string {
  const steps = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)) / 3);
  const power = Math.min(Math.max(steps, 0), prefixes.length - 1);
  return `${significant(value / 1000 ** power, 3)}\u202F${prefixes[power]}`.trimEnd();
}

/** `1.50 G` as `1.5 G`, `+10.0` as `+10`; `150` stays. For the ticks of an axis. */
export function withoutTrailingZeros(written: string): string {
  return written.replace(/\.(\d*?)0+(?!\d)/, (_, kept: string) => (kept === '' ? '' : `.${kept}`));
}
