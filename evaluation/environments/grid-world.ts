import { type Random, shuffled } from '../statistics/random.js';
import { drawn } from '../tasks/vocabulary.js';
import type { Environment, Split } from './environment.js';

// A room with things in it, told in words, in the manner of BabyAI (Chevalier-Boisvert et al. 2019), whose grid is seen.

type Cell = readonly [column: number, row: number];

interface Thing {
  name: string;
  cell: Cell;
}

type Goal =
  | { kind: 'go-to' | 'pick-up'; thing: string }
  | { kind: 'deliver'; thing: string; to: string }
  | { kind: 'unlock'; door: string; key: string };

export interface Room {
  columns: number;
  rows: number;
  agent: Cell;
  /** Those that lie somewhere; the one that is carried is not among them. */
  things: readonly Thing[];
  carried: string | undefined;
  door: { name: string; cell: Cell; open: boolean } | undefined;
  goal: Goal;
}

const colours = ['red', 'blue', 'green', 'yellow', 'grey', 'purple'];
const kinds = ['ball', 'box', 'key', 'book', 'cup', 'lamp'];
const moves: Record<string, Cell> = {
  'go east': [1, 0],
  'go west': [-1, 0],
  'go north': [0, 1],
  'go south': [0, -1],
};

/** Pairs of kind and colour that only test rooms have: every kind and every colour is in training, in other pairs. */
export function isUnseen(kind: string, colour: string): boolean {
  return (kinds.indexOf(kind) + colours.indexOf(colour)) % 3 === 0;
}

export const gridWorld: Environment<Room> = {
  version: 1,
  levels: ['go-to', 'pick-up', 'deliver', 'unlock'],
  start(level, split, random) {
    const [columns, rows] = sizeOf(split, random);
    const names = thingNames(level, split, random);
    const free = shuffled(cellsOf(columns, rows), random);
    const [agent = [0, 0], doorCell = [0, 0], ...cells] = free;
    const goal = goalOf(level, names);
    return {
      columns,
      rows,
      agent,
      things: shuffled(names, random).map((name, index) => ({ name, cell: cells[index] ?? [0, 0] })),
      carried: undefined,
      door: goal.kind === 'unlock' ? { name: goal.door, cell: doorCell, open: false } : undefined,
      goal,
    };
  },
  prompt(room) {
    const { columns, rows, things, carried, door } = room;
    const lines = [
      `Task: ${taskOf(room.goal)}`,
      `You are in a room of ${columns} by ${rows}. You carry ${carried === undefined ? 'nothing' : `the ${carried}`}.`,
      ...things.map(({ name, cell }) => `The ${name} is ${placeOf(cell, room.agent)}.`),
      ...(door === undefined ? [] : [`The ${door.name} is ${placeOf(door.cell, room.agent)}, locked.`]),
      'Next action:',
    ];
    return lines.join('\n');
  },
  actions(room) {
    const ways = Object.keys(moves).filter((way) => isInside(afterMove(room.agent, way), room));
    const here = room.things.filter(({ cell }) => isSame(cell, room.agent));
    const hands =
      room.carried === undefined
        ? here.map(({ name }) => `pick up the ${name}`)
        : [`put down the ${room.carried}`];
    const doors =
      room.door !== undefined && isSame(room.door.cell, room.agent) ? [`unlock the ${room.door.name}`] : [];
    return [...ways, ...hands, ...doors];
  },
  expert(room) {
    const { goal, carried } = room;
    if (goal.kind === 'go-to') return towards(cellOf(goal.thing, room), room);
    const wanted = goal.kind === 'unlock' ? goal.key : goal.thing;
    if (carried === undefined) return approach(wanted, room, `pick up the ${wanted}`);
    if (carried !== wanted) return `put down the ${carried}`;
    if (goal.kind === 'deliver') return approach(goal.to, room, `put down the ${carried}`);
    if (goal.kind === 'unlock') return approach(goal.door, room, `unlock the ${goal.door}`);
    throw new Error('what was to be picked up is carried: the episode is over');
  },
  act(room, action) {
    if (action in moves) return { ...room, agent: afterMove(room.agent, action) };
    const [, verb, name] = /^(pick up|put down|unlock) the (.+)$/.exec(action) ?? [];
    if (verb === 'pick up')
      return { ...room, carried: name, things: room.things.filter((thing) => thing.name !== name) };
    if (verb === 'put down' && name !== undefined)
      return { ...room, carried: undefined, things: [...room.things, { name, cell: room.agent }] };
    if (verb === 'unlock' && room.door !== undefined && room.goal.kind === 'unlock')
      return { ...room, door: { ...room.door, open: room.carried === room.goal.key } };
    throw new Error(`"${action}" is no action of this room`);
  },
  outcome: (room) => (isDone(room) ? 'success' : 'open'),
};

function isDone({ goal, agent, carried, things, door }: Room): boolean {
  const at = (name: string) => things.find((thing) => thing.name === name)?.cell;
  switch (goal.kind) {
    case 'go-to':
      return isSame(at(goal.thing), agent);
    case 'pick-up':
      return carried === goal.thing;
    case 'deliver':
      return isSame(at(goal.thing), at(goal.to));
    case 'unlock':
      return door?.open === true;
  }
}

function sizeOf(split: Split, random: Random): [number, number] {
  const lengths = split === 'train' ? [3, 4] : [4, 5];
  return [drawn(lengths, random), drawn(lengths, random)];
}

/** The wanted thing first; no two things have the same name, and no other key fits. */
function thingNames(level: string, split: Split, random: Random): string[] {
  const pairs = shuffled(
    kinds.flatMap((kind) => colours.map((colour) => ({ kind, colour }))),
    random,
  );
  const isHere = ({ kind, colour }: { kind: string; colour: string }) =>
    split === 'test' || !isUnseen(kind, colour);
  const isWanted = ({ kind, colour }: { kind: string; colour: string }) =>
    isUnseen(kind, colour) === (split === 'test') && (level !== 'unlock' || kind === 'key');
  const wanted = pairs.find(isWanted);
  const others = pairs.filter((pair) => pair !== wanted && isHere(pair)).slice(0, 2);
  return [...(wanted === undefined ? [] : [wanted]), ...others].map(
    ({ kind, colour }) => `${colour} ${kind}`,
  );
}

function goalOf(level: string, [thing = '', to = '']: readonly string[]): Goal {
  switch (level) {
    case 'go-to':
    case 'pick-up':
      return { kind: level, thing };
    case 'deliver':
      return { kind: level, thing, to };
    case 'unlock':
      return { kind: level, key: thing, door: thing.replace('key', 'door') };
    default:
      throw new Error(`the grid world has no level "${level}"`);
  }
}

function taskOf(goal: Goal): string {
  switch (goal.kind) {
    case 'go-to':
      return `go to the ${goal.thing}.`;
    case 'pick-up':
      return `pick up the ${goal.thing}.`;
    case 'deliver':
      return `put the ${goal.thing} where the ${goal.to} is.`;
    case 'unlock':
      return `unlock the ${goal.door}.`;
  }
}

/** `2 steps east and 1 step north of you` */
function placeOf([column, row]: Cell, [ownColumn, ownRow]: Cell): string {
  const [east, north] = [column - ownColumn, row - ownRow];
  const part = (steps: number, positive: string, negative: string) =>
    steps === 0
      ? []
      : [`${Math.abs(steps)} step${Math.abs(steps) === 1 ? '' : 's'} ${steps > 0 ? positive : negative}`];
  const parts = [...part(east, 'east', 'west'), ...part(north, 'north', 'south')];
  return parts.length === 0 ? 'right here' : `${parts.join(' and ')} of you`;
}

/** Columns before rows, so that one of the equally short ways is the expert's. */
function towards([column, row]: Cell, { agent: [ownColumn, ownRow] }: Room): string {
  if (column !== ownColumn) return column > ownColumn ? 'go east' : 'go west';
  return row > ownRow ? 'go north' : 'go south';
}

function approach(name: string, room: Room, there: string): string {
  const cell = cellOf(name, room);
  return isSame(cell, room.agent) ? there : towards(cell, room);
}

function cellOf(name: string, { things, door }: Room): Cell {
  const cell = door?.name === name ? door.cell : things.find((thing) => thing.name === name)?.cell;
  if (cell === undefined) throw new Error(`there is no ${name} in the room`);
  return cell;
}

function afterMove([column, row]: Cell, way: string): Cell {
  const [east, north] = moves[way] ?? [0, 0];
  return [column + east, row + north];
}

function isInside([column, row]: Cell, { columns, rows }: Room): boolean {
  return column >= 0 && column < columns && row >= 0 && row < rows;
}

function isSame(one: Cell | undefined, other: Cell | undefined): boolean {
  return one !== undefined && other !== undefined && one[0] === other[0] && one[1] === other[1];
}

function cellsOf(columns: number, rows: number): Cell[] {
  return Array.from(
    { length: columns * rows },
    (_, index): Cell => [index % columns, Math.floor(index / columns)],
  );
}
