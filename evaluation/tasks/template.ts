import type { TaskTemplate } from '../../schemas/task.js';
import type { DraftItem } from './item.js';
import type { Row } from './rows.js';
import { TaskError } from './task-error.js';

/** A row seen through a template that gives its options; without them (`wrong` is undefined) they are still to be drawn. */
export interface FilledRow {
  draft: Omit<DraftItem, 'wrong'> & { wrong: readonly string[] | undefined };
  /** Rows of one pool offer their answers to each other as wrong options. */
  distractorPool: string;
}

/** Fills a template from a row. Throws TaskError naming the row's place, the field, what was found and what was expected. */
export function fillTemplate(template: TaskTemplate, row: Row): FilledRow {
  const prompt = filledText(template.prompt, row, 'prompt');
  const group = template.group === undefined ? prompt : filledText(template.group, row, 'group');
  const distractorPool =
    template.distractors?.same === undefined ? '' : filledText(template.distractors.same, row, 'same');
  const { right, wrong } =
    template.options === undefined
      ? answerAlone(template, row)
      : chosenOption(template.options, template, row);
  return { draft: { prompt, right, wrong, group }, distractorPool };
}

function answerAlone({ answer }: TaskTemplate, row: Row): { right: string; wrong: undefined } {
  return { right: filledText(answer ?? '', row, 'answer'), wrong: undefined };
}

function chosenOption(
  optionTexts: string | string[],
  { label, answer }: TaskTemplate,
  row: Row,
): { right: string; wrong: string[] } {
  const options = filledOptions(optionTexts, row);
  const index =
    label === undefined
      ? options.indexOf(filledText(answer ?? '', row, 'answer'))
      : labelIndex(label, options.length, row);
  const right = options[index];
  if (right === undefined) {
    const found = JSON.stringify(filledText(answer ?? '', row, 'answer'));
    throw new TaskError(
      `field "answer": found ${found}, expected one of the options ${JSON.stringify(options)}`,
      row.place,
    );
  }
  // Some public sets repeat an option; equal texts are one option.
  return { right, wrong: [...new Set(options)].filter((option) => option !== right) };
}

function filledOptions(texts: string | string[], row: Row): string[] {
  const options =
    typeof texts === 'string' ? listField(texts, row) : texts.map((text) => filledText(text, row, 'options'));
  const different = new Set(options).size;
  if (different < 2 || different > 64) {
    throw new TaskError(`field "options": found ${different} different options, expected 2 to 64`, row.place);
  }
  return options;
}

function listField(text: string, row: Row): string[] {
  const path = /^\{([^{}]+)\}$/.exec(text)?.[1];
  if (path === undefined) {
    throw new TaskError(
      `template "options": found ${JSON.stringify(text)}, expected one placeholder or a list of texts`,
      row.place,
    );
  }
  const value = fieldAt(path, row, 'options');
  if (!Array.isArray(value))
    throw new TaskError(`field "${path}": found ${found(value)}, expected a list of texts`, row.place);
  return value.map((option: unknown, index) => scalarText(option, `${path}.${index}`, row));
}

function labelIndex(text: string, count: number, row: Row): number {
  const label = filledText(text, row, 'label');
  const letter = /^[A-Z]$/.test(label) ? label.charCodeAt(0) - 'A'.charCodeAt(0) : undefined;
  const index = /^\d+$/.test(label) ? Number(label) : letter;
  if (index !== undefined && index < count) return index;
  throw new TaskError(
    `field "label": found ${JSON.stringify(label)}, expected an index from 0 to ${count - 1} or a letter from A`,
    row.place,
  );
}

const placeholder = /\{\{|\}\}|\{([^{}]+)\}/g;

function filledText(text: string, row: Row, part: string): string {
  const filled = text.replace(placeholder, (matched, path: string | undefined) => {
    if (path === undefined) return matched.charAt(0);
    return scalarText(fieldAt(path, row, part), path, row);
  });
  if (filled.trim() === '')
    throw new TaskError(`field "${part}": found an empty text, expected some`, row.place);
  return filled;
}

function fieldAt(path: string, row: Row, part: string): unknown {
  let value: unknown = row.fields;
  for (const name of path.split('.')) {
    const inner: unknown =
      typeof value === 'object' && value !== null && Object.hasOwn(value, name)
        ? Reflect.get(value, name)
        : undefined;
    if (inner === undefined) {
      const fields = Object.keys(row.fields)
        .map((field) => `"${field}"`)
        .join(', ');
      throw new TaskError(
        `field "${path}" (of the template's ${part}): found nothing; the row has ${fields}`,
        row.place,
      );
    }
    value = inner;
  }
  return value;
}

function scalarText(value: unknown, path: string, row: Row): string {
  if (typeof value === 'string' || typeof value === 'boolean') return String(value);
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  throw new TaskError(`field "${path}": found ${found(value)}, expected a text or a number`, row.place);
}

function found(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' ? 'an object' : JSON.stringify(value);
}
