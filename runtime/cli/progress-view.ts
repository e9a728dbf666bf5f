import { cursorTo, moveCursor } from 'node:readline';
import type { StageProgress } from '../../workflows/messages.js';
import { printable } from './printable.js';
import type { Snapshot } from './watch.js';

/** Shows snapshots as they come: a table redrawn in place on a terminal, a line a change elsewhere. */
export interface ProgressView {
  update(snapshot: Snapshot): void;
  /** One line that stays. */
  say(line: string): void;
  /** Leaves the last state on the screen. */
  end(): void;
}

export function progressView(out: NodeJS.WriteStream): ProgressView {
  return out.isTTY === true ? tableView(out) : lineView(out);
}

const MARKS: Record<StageProgress['state'], string> = { waiting: '·', running: '▸', done: '✓', failed: '✗' };

function tableView(out: NodeJS.WriteStream): ProgressView {
  const begun = Date.now();
  let drawn = 0;
  const clear = () => {
    moveCursor(out, 0, -drawn);
    cursorTo(out, 0);
    out.write('\u001b[0J');
    drawn = 0;
  };
  return {
    update(snapshot) {
      const width = out.columns ?? 80;
      const lines = [...fitting(snapshot, (out.rows ?? 24) - 3), '', footer(snapshot, begun)].map((line) =>
        line.slice(0, width - 1),
      );
      clear();
      out.write(`${lines.join('\n')}\n`);
      drawn = lines.length;
    },
    say(line) {
      clear();
      out.write(`${line}\n`);
    },
    end() {
      drawn = 0;
    },
  };
}

function lineView(out: NodeJS.WriteStream): ProgressView {
  const said = new Map<string, string>();
  return {
    update({ progress }) {
      const width = nameWidth(progress.stages);
      for (const stage of progress.stages) {
        const line = stageLine(stage, width);
        if (stage.state === 'waiting' || said.get(stage.stage) === line) continue;
        said.set(stage.stage, line);
        out.write(`${line}\n`);
      }
    },
    say: (line) => void out.write(`${line}\n`),
    end: () => undefined,
  };
}

/** The table, or as much of it as there are rows: what cannot be redrawn in place must not be drawn. */
function fitting({ progress, working }: Snapshot, rows: number): string[] {
  const whole = table({ progress, working });
  if (whole.length <= rows) return whole;
  const busy = new Set(working.map(({ stage }) => stage));
  const shown = progress.stages.filter(({ stage }) => busy.has(stage));
  const hidden = (state: StageProgress['state']) =>
    progress.stages.filter((stage) => stage.state === state && !busy.has(stage.stage)).length;
  const rest = (['done', 'running', 'waiting'] as const).flatMap((state) =>
    hidden(state) > 0 ? [`  ${MARKS[state]} ${hidden(state)} stages ${state}`] : [],
  );
  return [...rest, ...table({ progress: { ...progress, stages: shown }, working })].slice(0, rows);
}

function table({ progress, working }: Snapshot): string[] {
  const width = nameWidth(progress.stages);
  return progress.stages.flatMap((stage) => [
    stageLine(stage, width),
    ...working.filter((work) => work.stage === stage.stage).map((work) => `      ${workLine(work)}`),
  ]);
}

function nameWidth(stages: readonly StageProgress[]): number {
  return Math.max(14, ...stages.map(({ stage }) => stage.length));
}

function stageLine(
  { stage, state, groups, groupsDone, computed, cached, failed }: StageProgress,
  width: number,
): string {
  const cells = [
    computed > 0 ? `${computed} computed` : '',
    cached > 0 ? `${cached} cached` : '',
    failed > 0 ? `${failed} FAILED` : '',
  ].filter((part) => part !== '');
  return `  ${MARKS[state]} ${stage.padEnd(width)} ${bar(groupsDone, groups)} ${String(groupsDone).padStart(3)}/${groups}  ${cells.join(', ')}`.trimEnd();
}

function workLine({ progress, attempt, lastFailure }: Snapshot['working'][number]): string {
  const { cell, phase, step, of, loss } = progress;
  const share = of > 1 ? ` ${step}/${of}` : '';
  const lossText = typeof loss === 'number' ? `  loss ${loss.toFixed(3)}` : '';
  const again =
    attempt > 1
      ? `  (attempt ${attempt}${lastFailure === undefined ? '' : `: ${printable(lastFailure).slice(0, 80)}`})`
      : '';
  return `${printable(cell)}  ${phase}${share}${lossText}${again}`;
}

function bar(done: number, of: number): string {
  const width = 16;
  const filled = of === 0 ? width : Math.round((width * done) / of);
  return `${'━'.repeat(filled)}${'╌'.repeat(width - filled)}`;
}

/** Elapsed time, and what is left by the mean time of the groups whose cells were computed. */
function footer({ progress }: Snapshot, begun: number): string {
  const elapsed = (Date.now() - begun) / 1000;
  const sum = (of: (stage: StageProgress) => number) =>
    progress.stages.reduce((total, s) => total + of(s), 0);
  const [groups, done] = [sum((s) => s.groups), sum((s) => s.groupsDone)];
  // Drawing samples and finding cached cells take no time worth counting.
  const worked = sum((s) => (s.computed > s.cached ? s.groupsDone : 0));
  const left = worked > 3 ? `, about ${duration((elapsed / worked) * (groups - done))} left` : '';
  return `  ${progress.paused ? 'paused, ' : ''}${done} of ${groups} groups, ${duration(elapsed)}${left}`;
}

/** `8 s`, `3 min 05 s`, `2 h 10 min` */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`;
}
