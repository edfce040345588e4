import { pipelineSources } from './faults.ts';
import type { VendorRequest } from './vendor.ts';

/**
 * The pages that were served while a `repeatPage` fault is armed. A reader that follows a cursor gets the page that gave
 * it the cursor; ranges read side by side do not get each other's. Where no cursor is known: the last
 * page of the path, and of an aggregation's sources.
 */
export class LastPages {
  #pages = new Map<string, string>();

  keep(request: VendorRequest, body: string): void {
    this.#pages.set(placeOf(request), body);
    const next = /"after":"(\d+)"/.exec(body.slice(-2_000))?.[1];
    if (next !== undefined) this.#pages.set(`${request.path} ${next}`, body);
  }

  before(request: VendorRequest): string | undefined {
    const cursor = request.query.get('after');
    return (
      (cursor === null ? undefined : this.#pages.get(`${request.path} ${cursor}`)) ?? this.#pages.get(placeOf(request))
    );
  }

  clear(): void {
    this.#pages.clear();
  }
}

function placeOf({ path, body }: VendorRequest): string {
  return [path, ...pipelineSources(body)].join(' ');
}
