/** A label for a point; x and y in pixels from the top left. */
export type PointLabel = { text: string; x: number; y: number };

/** A label with the shift from its point that keeps it clear. */
export type PlacedLabel<L extends PointLabel> = {
  label: L;
  dx: number;
  dy: number;
  anchor: 'start' | 'middle' | 'end';
};

export type Box = { x: number; y: number; width: number; height: number };
type Room = {
  busy: readonly { x: number; y: number; radius: number }[];
  frame: Box;
  /** A label is left out when one with the same text is for a point nearer than this. */
  apart: number;
};

/** Mean width of a bold letter and height of a line at the size used, in pixels; on the wide side. */
const LETTER = 7.3;
const LINE = 14;

const SHIFTS = [
  { dx: 9, dy: 0, anchor: 'start' },
  { dx: 0, dy: -13, anchor: 'middle' },
  { dx: 0, dy: 14, anchor: 'middle' },
  { dx: -9, dy: -9, anchor: 'end' },
  { dx: 9, dy: -11, anchor: 'start' },
  { dx: -9, dy: 10, anchor: 'end' },
  { dx: 9, dy: 11, anchor: 'start' },
  { dx: -10, dy: 0, anchor: 'end' },
  { dx: 0, dy: -26, anchor: 'middle' },
  { dx: 0, dy: 27, anchor: 'middle' },
] as const;

/**
 * Puts labels beside their points, in the order given, so that none covers another or a busy point or leaves the frame.
 * A label that fits nowhere is left out.
 */
export function placeLabels<L extends PointLabel>(
  labels: readonly L[],
  { busy, frame, apart }: Room,
): PlacedLabel<L>[] {
  const taken: Box[] = busy.map(({ x, y, radius }) => ({
    x: x - radius,
    y: y - radius,
    width: 2 * radius,
    height: 2 * radius,
  }));
  const placed: PlacedLabel<L>[] = [];
  for (const label of labels) {
    const isSaid = placed.some(
      ({ label: { text, x, y } }) => text === label.text && Math.hypot(x - label.x, y - label.y) < apart,
    );
    const shift = SHIFTS.find((candidate) => {
      const box = boxOf(label, candidate);
      return isInside(box, frame) && !taken.some((other) => overlaps(box, other));
    });
    if (isSaid || shift === undefined) continue;
    taken.push(boxOf(label, shift));
    placed.push({ label, ...shift });
  }
  return placed;
}

/** The box a label fills after its shift. */
export function boxOf(
  { text, x, y }: PointLabel,
  { dx, dy, anchor }: Omit<PlacedLabel<PointLabel>, 'label'>,
): Box {
  const width = text.length * LETTER;
  const left = anchor === 'start' ? 0 : anchor === 'middle' ? -width / 2 : -width;
  return { x: x + dx + left, y: y + dy - LINE / 2, width, height: LINE };
}

export function overlaps(one: Box, other: Box): boolean {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  );
}

function isInside(box: Box, frame: Box): boolean {
  return (
    box.x >= frame.x &&
    box.y >= frame.y &&
    box.x + box.width <= frame.x + frame.width &&
    box.y + box.height <= frame.y + frame.height
  );
}
