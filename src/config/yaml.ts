// Reads YAML within bounds: a file that is small, not nested deeply and has few aliases, as configs are. A mistake in it
// is one line.
import { readFile, stat } from 'node:fs/promises';
import {
  type Document,
  isScalar,
  Lexer,
  LineCounter,
  parseDocument,
  visit,
  type YAMLParseError,
} from 'yaml';
import { messageOf, UserError } from '../errors.js';
import { whyMissing } from '../folder.js';
import { shown } from '../shown.js';

/** Bytes, levels of lists and fields, and aliases of a config at most; real ones have a hundredth of them. */
const LONGEST = 256 * 1024;
const DEEPEST = 64;
const ALIASES = 100;

/** The text of a config file. */
export async function readText(file: string): Promise<string> {
  const status = await stat(file).catch(() => undefined);
  if (status === undefined)
    throw new UserError(
      `${file}: no such file${await whyMissing(file)}; expected a config in YAML`,
    );
  if (!status.isFile()) throw new UserError(`${file}: not a file; expected a config in YAML`);
  if (status.size > LONGEST)
    throw new UserError(
      `${file}: ${(status.size / 1024).toFixed(0)} KiB, expected a config of at most ${LONGEST / 1024} KiB`,
    );
  const bytes = await readFile(file).catch((error) => {
    throw new UserError(`${file}: cannot be read: ${messageOf(error)}`);
  });
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // not text: the error is thrown below
  }
  throw new UserError(`${file}: not text; expected a config in YAML`);
}

/** Whether lists and fields are nested beyond all measure: the parser would leave the stack. */
function tooDeep(text: string): boolean {
  // a block is indented by at least one space more than the block around it
  if (new RegExp(`^ {${4 * DEEPEST}}`, 'm').test(text)) return true;
  let flow = 0;
  let block = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') flow++;
    else if (token === ']' || token === '}') flow--;
    else if (token === '-' || token === '?') block++;
    else if (token.startsWith('\n')) block = 0;
    if (flow + block > DEEPEST) return true;
  }
  return false;
}

/** The message for a mistake in the YAML itself. */
const syntaxMistake = ({ code, message }: YAMLParseError): string =>
  code === 'MULTIPLE_DOCS'
    ? 'a second document, expected one config in a file'
    : `not YAML: ${shown(message)}`;

/** Makes the error of a message, at an offset in the text if one is known. */
type Wrong = (what: string, offset?: number) => UserError;

/** Throws the error of an alias that cannot be resolved, of too many, and of a key that is given twice. */
function checkNodes(document: Document, wrong: Wrong): void {
  let aliases = 0;
  visit(document, {
    Alias(_, alias, around) {
      const offset = alias.range?.[0];
      if (++aliases > ALIASES) throw wrong(`not YAML: more than ${ALIASES} aliases`, offset);
      const is = `not YAML: *${shown(alias.source)} is an alias`;
      const target = alias.resolve(document);
      if (target === undefined) throw wrong(`${is} of nothing`, offset);
      // such a value would be infinite
      if (around.includes(target)) throw wrong(`${is} inside its own anchor`, offset);
    },
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        const value = isScalar(key) ? key.value : key;
        if (seen.has(value))
          throw wrong(
            `${shown(String(value))}: given twice, expected each key once`,
            isScalar(key) ? key.range?.[0] : undefined,
          );
        seen.add(value);
      }
    },
  });
}

/**
 * Parses a YAML text; the document knows where everything stands. `<<: *anchor` takes over the fields of another value.
 * @param wrong makes the error of a message, at a line if one is known
 */
export function parseYaml(
  text: string,
  wrong: (what: string, line?: number) => UserError,
): { readonly document: Document; readonly lines: LineCounter; readonly value: unknown } {
  if (tooDeep(text)) throw wrong(`nested too deeply, expected at most ${DEEPEST} levels`);
  const lines = new LineCounter();
  const at: Wrong = (what, offset) =>
    wrong(what, offset === undefined ? undefined : lines.linePos(offset).line);
  // keys are compared below: the parser compares each with each
  const options = { lineCounter: lines, prettyErrors: false, merge: true, uniqueKeys: false };
  const document = parseDocument(text, options);
  const [mistake] = document.errors;
  if (mistake !== undefined) throw at(syntaxMistake(mistake), mistake.pos[0]);
  checkNodes(document, at);
  try {
    return { document, lines, value: document.toJS({ maxAliasCount: ALIASES }) };
  } catch (error) {
    throw wrong(`not YAML: ${shown(messageOf(error))}`);
  }
}
