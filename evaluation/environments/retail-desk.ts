import { type Random, shuffled } from '../statistics/random.js';
import { drawn } from '../tasks/vocabulary.js';
import type { Environment, Outcome, Split } from './environment.js';

// A shop's help desk in the manner of tau-bench (Yao et al. 2024), whose customer is a language model: here one is scripted.

interface Order {
  number: string;
  product: string;
  status: 'pending' | 'delivered';
  /** Since delivery. */
  days: number;
  /** What was done to it. */
  changes: readonly string[];
}

/** What a customer wants, one thing after the other. */
interface Wish {
  kind: 'cancel' | 'readdress' | 'return' | 'exchange' | 'human';
  order: string;
  /** How the customer asks for it. */
  said: string;
}

export interface Desk {
  orders: readonly Order[];
  /** Those the desk has looked up. */
  seen: readonly string[];
  /** Those the customer has named. */
  named: readonly string[];
  /** The first is what is being talked about. */
  wishes: readonly Wish[];
  /** What was done for the wish at hand: the answer it still needs is `finish`. */
  done: boolean;
  talk: readonly string[];
  /** What ended it. */
  ended: Outcome;
}

const POLICY = [
  'Policy: look up an order before you change it. A pending order can be cancelled or sent to another address.',
  'A delivered order can be returned or exchanged within 30 days. Refuse what is not allowed.',
  'Anything else is for a human.',
].join(' ');

/** The tool that grants each wish, and what an order must be for it. */
const tools: Record<
  Exclude<Wish['kind'], 'human'>,
  { tool: string; done: string; allowed: (order: Order) => boolean }
> = {
  cancel: { tool: 'cancel_order', done: 'cancelled', allowed: isPending },
  readdress: { tool: 'change_address', done: 'address changed', allowed: isPending },
  return: { tool: 'return_order', done: 'return accepted', allowed: isRecent },
  exchange: { tool: 'exchange_order', done: 'exchange accepted', allowed: isRecent },
};

const grantable = ['cancel', 'readdress', 'return', 'exchange'] as const;

const products: Record<Split, readonly string[]> = {
  train: ['lamp', 'kettle', 'chair', 'backpack', 'jacket', 'radio', 'carpet', 'mirror'],
  test: ['keyboard', 'blanket', 'toaster', 'bicycle', 'suitcase'],
};

const sayings: Record<Split, Record<Wish['kind'], readonly ((what: string) => string)[]>> = {
  train: {
    cancel: [(what) => `Please cancel ${what}.`, (what) => `I do not want ${what} any more, cancel it.`],
    readdress: [
      (what) => `Please send ${what} to my new address.`,
      (what) => `I moved. Change the address of ${what}.`,
    ],
    return: [
      (what) => `I want to return ${what}.`,
      (what) => `I would like to send ${what} back for my money.`,
    ],
    exchange: [
      (what) => `I want to exchange ${what} for another size.`,
      (what) => `Can I swap ${what} for a blue one?`,
    ],
    human: [
      (what) => `Your driver was rude when he brought ${what}.`,
      (what) => `I need a tax receipt for ${what}.`,
    ],
  },
  test: {
    cancel: [(what) => `Could you stop ${what}? I have changed my mind.`],
    readdress: [(what) => `I gave you the wrong street for ${what}, please correct it.`],
    return: [(what) => `I am not happy with ${what} and want a refund.`],
    exchange: [(what) => `Would you give me a larger one instead of ${what}?`],
    human: [(what) => `I want to speak about a job at your shop, not about ${what}.`],
  },
};

const WISHES: Record<string, number> = { 'one-wish': 1, 'two-wishes': 2 };

export const retailDesk: Environment<Desk> = {
  version: 1,
  levels: Object.keys(WISHES),
  start(level, split, random) {
    const count = WISHES[level];
    if (count === undefined) throw new Error(`the retail desk has no level "${level}"`);
    const orders = ordersOf(split, random);
    // Some leave the number out at first.
    const isNamed = random() < 0.7;
    const wishes = orders
      .slice(0, count)
      .map((order, index) => wishFor(order, { split, isNamed: isNamed || index > 0 }, random));
    const [first] = wishes;
    if (first === undefined) throw new Error('a customer wants nothing');
    const named = isNamed ? [first.order] : [];
    return { orders, seen: [], named, wishes, done: false, talk: [`Customer: ${first.said}`], ended: 'open' };
  },
  prompt: ({ talk }) => [POLICY, ...talk, 'Next action:'].join('\n'),
  actions({ named }) {
    const onOrders = named.flatMap((number) =>
      ['get_order', ...Object.values(tools).map(({ tool }) => tool)].map((tool) => `${tool}(${number})`),
    );
    return [...onOrders, 'ask_order_number()', 'refuse()', 'transfer_to_human()', 'finish()'];
  },
  expert: rightAction,
  act(desk, action) {
    const [, tool = '', number = ''] = /^(\w+)\((.*)\)$/.exec(action) ?? [];
    const talked = { ...desk, talk: [...desk.talk, `> ${action}`] };
    if (tool === 'get_order') return lookedUp(talked, number);
    if (tool === 'ask_order_number') return asked(talked);
    if (number !== '') return changed(talked, tool, number);
    return answered(talked, tool);
  },
  outcome: ({ ended }) => ended,
};

function rightAction({ orders, seen, named, wishes, done }: Desk): string {
  const [wish] = wishes;
  if (done || wish === undefined) return 'finish()';
  if (wish.kind === 'human') return 'transfer_to_human()';
  if (!named.includes(wish.order)) return 'ask_order_number()';
  if (!seen.includes(wish.order)) return `get_order(${wish.order})`;
  const { tool, allowed } = tools[wish.kind];
  return allowed(orderOf(wish.order, orders)) ? `${tool}(${wish.order})` : 'refuse()';
}

function lookedUp(desk: Desk, number: string): Desk {
  const { product, status, days, changes } = orderOf(number, desk.orders);
  const state = [status === 'pending' ? 'pending' : `delivered ${days} days ago`, ...changes].join(', ');
  return {
    ...saying(desk, `Order ${number}: ${product}, ${state}.`),
    seen: [...new Set([...desk.seen, number])],
  };
}

function asked(desk: Desk): Desk {
  const [wish] = desk.wishes;
  if (wish === undefined) return desk;
  return {
    ...saying(desk, `Customer: It is order ${wish.order}.`),
    named: [...new Set([...desk.named, wish.order])],
  };
}

/** A change that the rules forbid, or that nobody asked for, ends the episode at once: it cannot be undone. */
function changed(desk: Desk, tool: string, number: string): Desk {
  const [wish] = desk.wishes;
  const order = orderOf(number, desk.orders);
  const rule = Object.values(tools).find((one) => one.tool === tool);
  if (rule === undefined) throw new Error(`the desk has no tool "${tool}"`);
  if (!desk.seen.includes(number)) return failed(desk, 'changed an order that was not looked up');
  if (!rule.allowed(order)) return failed(desk, 'broke a rule');
  const isWanted =
    wish !== undefined && wish.kind !== 'human' && tools[wish.kind] === rule && wish.order === number;
  if (!isWanted || desk.done) return failed(desk, 'changed what nobody asked for');
  const orders = desk.orders.map((one) =>
    one === order ? { ...one, changes: [...one.changes, rule.done] } : one,
  );
  return { ...saying(desk, `Order ${number}: ${rule.done}.`), orders, done: true };
}

/** `refuse`, `transfer_to_human` and `finish` end the wish at hand; right is the one the expert would give. */
function answered(desk: Desk, answer: string): Desk {
  if (rightAction(desk) !== `${answer}()`) return failed(desk, `said ${answer} where that was wrong`);
  const [, ...left] = desk.wishes;
  const [next] = left;
  if (next === undefined) return { ...desk, wishes: left, ended: 'success' };
  return {
    ...saying(desk, `Customer: One more thing. ${next.said}`),
    wishes: left,
    done: false,
    named: [...new Set([...desk.named, next.order])],
  };
}

function failed(desk: Desk, failure: string): Desk {
  return { ...desk, ended: { failure } };
}

function saying(desk: Desk, line: string): Desk {
  return { ...desk, talk: [...desk.talk, line] };
}

function ordersOf(split: Split, random: Random): Order[] {
  const bought = shuffled(products[split], random).slice(0, 2);
  const first = split === 'train' ? 1000 : 5000;
  return bought.map((product, index) => ({
    number: `#${first + 2000 * index + Math.floor(random() * 2000)}`,
    product,
    status: random() < 0.5 ? 'pending' : 'delivered',
    days: drawn([3, 9, 14, 21, 27, 36, 44, 58, 75], random),
    changes: [],
  }));
}

/** Most wishes can be granted; the rest are for what the policy forbids, or for a human. */
function wishFor(order: Order, { split, isNamed }: { split: Split; isNamed: boolean }, random: Random): Wish {
  const [isForHuman, isGranted] = [random() < 0.12, random() < 0.7];
  const fitting = grantable.filter((kind) => tools[kind].allowed(order) === isGranted);
  const kind = isForHuman ? 'human' : drawn(fitting.length === 0 ? grantable : fitting, random);
  const say = drawn(sayings[split][kind], random);
  return { kind, order: order.number, said: say(isNamed ? `order ${order.number}` : `the ${order.product}`) };
}

function orderOf(number: string, orders: readonly Order[]): Order {
  const order = orders.find((one) => one.number === number);
  if (order === undefined) throw new Error(`there is no order ${number}`);
  return order;
}

function isPending({ status, changes }: Order): boolean {
  return status === 'pending' && changes.length === 0;
}

function isRecent({ status, days, changes }: Order): boolean {
  return status === 'delivered' && days <= 30 && changes.length === 0;
}
