import { answers } from './answer.js';
import { claimsSentence } from './claim-sentence.js';
import { leadSentence } from './lead.js';
import { phraseText } from './phrase.js';
import { ownOnly } from './places.js';
import type { Study } from './study.js';

const MOST_TASKS = 5;

/** The verdict for a terminal, as Markdown of at most 15 lines; what does not fit is counted. */
export function renderMarkdownSummary(study: Study): string {
  const found = answers(study);
  const cells = ownOnly(study.cells);
  const failed = cells.filter(({ status }) => status === 'failed').length;
  const told = found
    .slice(0, MOST_TASKS)
    .flatMap(({ task, model, headline, reasons, caution = [] }) => [
      `- **${task}** (${model}): ${phraseText(headline)}.`,
      ...reasons.slice(0, 1).map((reason) => `  ${phraseText([...reason, ' ', ...caution]).trimEnd()}`),
    ]);
  const lines = [
    ...(study.claims === undefined ? [] : [`- **Claims:** ${claimsSentence(study.claims)}`]),
    ...(found.length === 0 || found.length > MOST_TASKS
      ? [`**${phraseText(leadSentence(study, found))}**`, '']
      : []),
    ...told,
    ...(found.length > MOST_TASKS ? [`- and ${found.length - MOST_TASKS} more in the report`] : []),
    ...(failed > 0 ? ['', `${failed} of ${cells.length} cells failed; the report gives the reasons.`] : []),
  ];
  return `${lines.map(plain).join('\n')}\n`;
}

// A name from a file must not move the cursor or colour the terminal.
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, '\uFFFD');
}
