import type { StageProgress, StudyProgress } from './messages.js';

/** Markdown for the study's page in the Temporal UI. */
export function studyTable({ run, paused, stages }: StudyProgress): string {
  const rows = stages.map(
    (s) =>
      `| ${s.stage} | ${s.state} | ${s.groupsDone}/${s.groups} | ${s.computed} | ${s.cached} | ${s.failed} | ${inCell(s.headline)} |`,
  );
  return [
    `**${run ?? 'being checked'}**${paused ? ' — paused' : ''}`,
    '',
    '| stage | state | groups | computed | cached | failed | latest |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

/** Markdown for a stage's page. */
export function groupTable(progress: StageProgress, lost: readonly string[]): string {
  const { stage, groups, groupsDone, computed, cached, failed, headline } = progress;
  return [
    `**${stage}** — ${groupsDone} of ${groups} groups; cells: ${computed} computed, ${cached} cached, ${failed} failed`,
    '',
    `latest: ${headline}`,
    ...lost.slice(-10).map((line) => `- lost: ${line}`),
  ].join('\n');
}

function inCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
