/** `crosswalk why`: the answers for the records that a person means, found by whatever the person has of them. */
import { typeableId } from '../sync/typed-id.ts';
import type { FoundRecords, RecordAnswer } from './answers.ts';
import { path } from './api-client.ts';
import type { Cli } from './cli.ts';
import { showRecord, sideName } from './print/record.ts';
import { misuse, Problem } from './problem.ts';

interface Named {
  object: string;
  side: string;
  id: string;
}

interface Meant {
  object?: string;
  side?: string;
  text: string;
}

/** @param words `[visitor|account] [hubspot|pendo] <record>`. @throws Problem where nothing is found. */
export async function explainRecords(cli: Cli, tenant: string, words: readonly string[]): Promise<void> {
  const meant = readWords(words);
  const { object, side, text } = meant;
  if (object !== undefined && side !== undefined) {
    cli.answer(await ask(cli, tenant, { object, side, id: text }), showRecord);
    return;
  }
  const search = await cli.api().post<FoundRecords>(path`/v1/tenants/${tenant}/records/search`, { text });
  const found = search.records.filter((each) => (object ?? each.object) === each.object);
  const exact = found.filter((each) => each.found !== 'lookAlike');
  const answers = await answersTo(cli, tenant, exact.length > 0 ? exact : found);
  if (answers.length === 0) throw notFound(meant, search);
  cli.answer({ records: answers }, (page, { records }) => {
    if (exact.length === 0) page.line('No record has exactly this name; these look alike:');
    for (const [at, answer] of records.entries()) {
      if (at > 0) page.line();
      showRecord(page, answer);
    }
  });
}

/** The two of a pair have one answer. */
async function answersTo(cli: Cli, tenant: string, found: readonly Named[]): Promise<RecordAnswer[]> {
  const answered = new Set<string>();
  const nameOf = ({ object, side, id }: Named): string => JSON.stringify([object, side, id]);
  const answers: RecordAnswer[] = [];
  for (const each of found) {
    if (answered.has(nameOf(each))) continue;
    const answer = await ask(cli, tenant, each);
    answers.push(answer);
    answered.add(nameOf(each));
    const side = each.side === 'hubspot' ? 'pendo' : 'hubspot';
    if (answer.match.partnerId !== null) answered.add(nameOf({ ...each, side, id: answer.match.partnerId }));
  }
  return answers;
}

function readWords(words: readonly string[]): Meant {
  const [first = '', second = '', third] = words;
  const known = (word: string): boolean => word === 'visitor' || word === 'account';
  if (words.length === 1) return { text: first };
  if (words.length > 3 || !known(first)) {
    throw misuse(
      `"${words.slice(0, -1).join(' ')}" does not say which record is meant.`,
      'Write the record alone, or visitor or account before it, and after that hubspot or pendo before an id. Quote what has spaces in it.',
    );
  }
  if (third === undefined) return { object: first, text: second };
  if (second === 'hubspot' || second === 'pendo') return { object: first, side: second, text: third };
  throw misuse(`"${second}" is no side.`, 'Write hubspot or pendo before an id.');
}

/** What an address cannot hold goes as JSON text. */
function ask(cli: Cli, tenant: string, { object, side, id }: Named): Promise<RecordAnswer> {
  return cli.api().get(path`/v1/tenants/${tenant}/syncs/${object}/records/${side}/${typeableId(id)}`);
}

function notFound({ object, text }: Meant, { forgotten }: FoundRecords): Problem {
  if (forgotten.some((each) => (object ?? each) === each)) {
    return new Problem({
      code: 'FORGOTTEN',
      message: `A person with the name ${text} was forgotten on request: runs leave them out, and nothing of them is kept.`,
      fix: 'After a new consent: crosswalk readmit.',
    });
  }
  return new Problem({
    code: 'RECORD_NOT_FOUND',
    message: `The last read found no record with the id, join value or additional e-mail address ${text}, nor one that looks alike.`,
    fix: `It may be new since then. Ask by id: crosswalk why <tenant> visitor ${sideName('hubspot').toLowerCase()} <id>.`,
  });
}
