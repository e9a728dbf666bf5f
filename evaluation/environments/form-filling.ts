import { type Random, shuffled } from '../statistics/random.js';
import { drawn } from '../tasks/vocabulary.js';
import type { Environment, Split } from './environment.js';

// A form on a page, told in words, in the manner of MiniWoB (Shi et al. 2017): click a field, then fill it in.

interface Field {
  label: string;
  kind: 'text' | 'choice' | 'box';
  /** What can be chosen. */
  choices: readonly string[];
  wanted: string;
  value: string;
}

export interface Form {
  request: string;
  fields: readonly Field[];
  button: string;
  /** Place of the field that was clicked last and is not filled in yet. */
  focused: number | undefined;
  sent: boolean;
}

/** What a form can ask: labels that training shows and labels that only test shows, and how a person says it. */
interface Question {
  labels: Record<Split, readonly string[]>;
  kind: Field['kind'];
  values: Record<Split, readonly string[]>;
  said: (value: string) => string;
}

const EMPTY = 'empty';
const TICKED = 'ticked';

const questions: readonly Question[] = [
  {
    labels: { train: ['Name', 'Your name'], test: ['Full name'] },
    kind: 'text',
    values: {
      train: ['Anna Lee', 'Ben Ortiz', 'Clara Weiss', 'David Okoro', 'Emma Rossi', 'Frank Haas'],
      test: ['Grace Kim', 'Henry Novak', 'Nina Silva', 'Oscar Lind'],
    },
    said: (value) => `My name is ${value}.`,
  },
  {
    labels: { train: ['City', 'Your city'], test: ['Town'] },
    kind: 'text',
    values: {
      train: ['Porto', 'Graz', 'Lyon', 'Turin', 'Bergen', 'Leeds'],
      test: ['Ghent', 'Basel', 'Cork', 'Malaga'],
    },
    said: (value) => `I live in ${value}.`,
  },
  {
    labels: { train: ['Phone', 'Phone number'], test: ['Telephone'] },
    kind: 'text',
    values: {
      train: ['555 0142', '555 0117', '555 0163', '555 0188', '555 0129'],
      test: ['555 0250', '555 0271', '555 0296'],
    },
    said: (value) => `You can call me at ${value}.`,
  },
  {
    labels: { train: ['Day', 'Which day'], test: ['Weekday'] },
    kind: 'choice',
    values: {
      train: ['Monday', 'Tuesday', 'Friday', 'Sunday'],
      test: ['Wednesday', 'Thursday', 'Saturday'],
    },
    said: (value) => `${value} would suit me.`,
  },
  {
    labels: { train: ['Size', 'Your size'], test: ['Which size'] },
    kind: 'choice',
    values: { train: ['small', 'medium', 'large'], test: ['small', 'medium', 'large'] },
    said: (value) => `I take ${value}.`,
  },
  {
    labels: { train: ['Newsletter', 'Send me news'], test: ['Keep me informed'] },
    kind: 'box',
    values: { train: [TICKED], test: [TICKED] },
    said: () => 'I would like to get your newsletter.',
  },
];

const buttons: Record<Split, readonly string[]> = { train: ['Send', 'Submit'], test: ['Continue', 'Done'] };

const FIELDS: Record<string, number> = { short: 2, middle: 3, long: 4 };

export const formFilling: Environment<Form> = {
  version: 1,
  levels: Object.keys(FIELDS),
  start(level, split, random) {
    const count = FIELDS[level];
    if (count === undefined) throw new Error(`form filling has no level "${level}"`);
    const asked = shuffled(questions, random).slice(0, count);
    const fields = asked.map((question) => fieldOf(question, split, random));
    const said = asked.map((question, index) => question.said(fields[index]?.wanted ?? ''));
    return {
      request: shuffled(said, random).join(' '),
      fields,
      button: drawn(buttons[split], random),
      focused: undefined,
      sent: false,
    };
  },
  prompt({ request, fields, button, focused }) {
    const shown = fields.map(({ label, value }) => `${label}: ${value}`);
    const open = focused === undefined ? undefined : fields[focused];
    const at = open === undefined ? [] : [`You are in the field "${open.label}".`];
    return [`Request: ${request}`, 'Form:', ...shown, `[${button}]`, ...at, 'Next action:'].join('\n');
  },
  actions({ fields, button, focused }) {
    const open = focused === undefined ? undefined : fields[focused];
    if (open === undefined) return [...fields.map(({ label }) => `click ${label}`), `click ${button}`];
    if (open.kind === 'choice') return open.choices.map((choice) => `choose ${choice}`);
    // What the request has of values for text fields could be typed into each of them.
    const texts = fields.flatMap(({ kind, wanted }) => (kind === 'text' ? [wanted] : []));
    return [...texts.map((text) => `type ${text}`), 'leave the field'];
  },
  expert({ fields, button, focused }) {
    const open = focused === undefined ? undefined : fields[focused];
    if (open !== undefined) return `${open.kind === 'choice' ? 'choose' : 'type'} ${open.wanted}`;
    const next = fields.find(({ value, wanted }) => value !== wanted);
    return `click ${next?.label ?? button}`;
  },
  act(form, action) {
    const { fields, button, focused } = form;
    if (action === 'leave the field') return { ...form, focused: undefined };
    if (action === `click ${button}`) return { ...form, sent: true };
    const clicked = fields.findIndex(({ label }) => action === `click ${label}`);
    if (clicked >= 0 && fields[clicked]?.kind !== 'box') return { ...form, focused: clicked };
    const [, value = TICKED] = /^(?:type|choose) (.+)$/.exec(action) ?? [];
    return {
      ...form,
      focused: undefined,
      fields: withValue(fields, clicked >= 0 ? clicked : focused, value),
    };
  },
  outcome({ fields, sent }) {
    if (!sent) return 'open';
    const wrong = fields.some(({ value, wanted }) => value !== wanted);
    return wrong ? { failure: 'sent with wrong entries' } : 'success';
  },
};

/** A box that is ticked already loses its tick. */
function withValue(fields: readonly Field[], place: number | undefined, value: string): Field[] {
  return fields.map((field, index) => {
    if (index !== place) return field;
    return { ...field, value: field.kind === 'box' && field.value === value ? EMPTY : value };
  });
}

function fieldOf({ labels, kind, values }: Question, split: Split, random: Random): Field {
  return {
    label: drawn(labels[split], random),
    kind,
    choices: kind === 'choice' ? values[split] : [],
    wanted: drawn(values[split], random),
    value: EMPTY,
  };
}
