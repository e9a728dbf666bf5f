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
  boxes: readonly Box[];
  frame: { width: number; height: number };
};

/** Mean width of a bold letter and height of a line at the size used, in pixels; on the wide side. */
const LETTER = 6.9;
const LINE = 14;

const SHIFTS = [
  { dx: 0, dy: -13, anchor: 'middle' },
  { dx: 0, dy: 14, anchor: 'middle' },
  { dx: -9, dy: -9, anchor: 'end' },
  { dx: 9, dy: -10, anchor: 'start' },
  { dx: -9, dy: 10, anchor: 'end' },
  { dx: 9, dy: 11, anchor: 'start' },
  { dx: -10, dy: 0, anchor: 'end' },
  { dx: 0, dy: -26, anchor: 'middle' },
  { dx: 0, dy: 27, anchor: 'middle' },
] as const;

/**
 * Puts labels beside their points, in the order given, so that none covers another, a busy point, a box or the frame's
 * edge. A label that fits nowhere is left out.
 */
export function placeLabels<L extends PointLabel>(
  labels: readonly L[],
  { busy, boxes, frame }: Room,
): PlacedLabel<L>[] {
  const taken: Box[] = [...boxes, ...busy.map(({ x, y, radius }) => square(x, y, radius))];
  const placed: PlacedLabel<L>[] = [];
  for (const label of labels) {
    const own = square(label.x, label.y, 0);
    const shift = SHIFTS.find((candidate) => {
      const box = boxOf(label, candidate);
      const inside =
        box.x >= 0 && box.y >= 0 && box.x + box.width <= frame.width && box.y + box.height <= frame.height;
      return inside && !overlaps(box, own) && !taken.some((other) => overlaps(box, other));
    });
    if (shift === undefined) continue;
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

function square(x: number, y: number, radius: number): Box {
  return { x: x - radius, y: y - radius, width: 2 * radius, height: 2 * radius };
}
