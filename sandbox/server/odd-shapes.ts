/** Answers in a shape that a reader has to bear: members that nobody knows, in another order, numbers as text and texts as numbers. */

type Row = Record<string, unknown>;

const unknownMember = { futureMember: { version: 2, list: [null, 'text'] } };

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The members in the opposite order, with one that nobody knows. */
export function withUnknownMember(row: Row): Row {
  return { ...unknownMember, ...Object.fromEntries(Object.entries(row).reverse()) };
}

/** A row of a Pendo aggregation. */
export function oddRow(row: Row): Row {
  const odd = (value: unknown): unknown => {
    if (typeof value === 'number') return String(value);
    return Array.isArray(value) ? value.map(odd) : value;
  };
  return withUnknownMember(Object.fromEntries(Object.entries(row).map(([name, value]) => [name, odd(value)])));
}

/**
 * An answer of HubSpot's.
 * @param isNumber says whether a property is of type number
 */
export function oddAnswer(text: string, isNumber: (property: string) => boolean): string {
  const body: unknown = JSON.parse(text);
  if (!isRow(body)) return text;
  const { results, paging, total } = body;
  const odd: Row = { ...body };
  if (Array.isArray(results)) odd.results = results.map((each) => (isRow(each) ? oddRecord(each, isNumber) : each));
  if (isRow(paging) && isRow(paging.next))
    odd.paging = { next: { ...paging.next, after: asNumber(paging.next.after) } };
  if (typeof total === 'number') odd.total = String(total);
  return JSON.stringify(withUnknownMember(odd));
}

function oddRecord(record: Row, isNumber: (property: string) => boolean): Row {
  const { id, properties } = record;
  const odd: Row = { ...record };
  if (id !== undefined) odd.id = asNumber(id);
  if (isRow(properties)) {
    odd.properties = Object.fromEntries(
      Object.entries(properties).map(([name, value]) => [name, isNumber(name) ? asNumber(value) : value]),
    );
  }
  return withUnknownMember(odd);
}

/** A text that says exactly what a number says. */
function asNumber(value: unknown): unknown {
  return typeof value === 'string' && String(Number(value)) === value && Number.isFinite(Number(value))
    ? Number(value)
    : value;
}
