/** Millions of event rows in columns: a few bytes a row, where objects would take hundreds. */
import type { RawEvent } from '../sandbox/contract.ts';
import type { EventFact } from './contract.ts';

class Names {
  private readonly ids = new Map<string, number>();
  readonly list: string[] = [];

  idOf(name: string): number {
    let id = this.ids.get(name);
    if (id === undefined) {
      id = this.list.length;
      this.ids.set(name, id);
      this.list.push(name);
    }
    return id;
  }
}

type Kept =
  | 'visitorId'
  | 'accountId'
  | 'appId'
  | 'featureId'
  | 'trackTypeId'
  | 'day'
  | 'numEvents'
  | 'numMinutes'
  | 'blacklisted';

export class EventTable implements Iterable<EventFact> {
  private readonly visitors = new Names();
  private readonly accounts = new Names();
  private readonly items = new Names();
  /** As JSON: few sets of values are of one row only. */
  private readonly sets = new Names();
  private readonly parsedSets: (EventFact['properties'] | undefined)[] = [];
  private size = 0;
  private visitor = new Uint32Array(1024);
  private account = new Uint32Array(1024);
  private app = new Float64Array(1024);
  private day = new Float64Array(1024);
  private minutes = new Float64Array(1024);
  private events = new Float64Array(1024);
  private page = new Uint32Array(1024);
  private feature = new Uint32Array(1024);
  private trackType = new Uint32Array(1024);
  private properties = new Uint32Array(1024);
  private hidden = new Uint8Array(1024);

  get length(): number {
    return this.size;
  }

  add(event: Pick<RawEvent, Kept> & Partial<Pick<RawEvent, 'pageId'>> & Pick<EventFact, 'properties'>): void {
    if (this.size === this.day.length) this.grow();
    const at = this.size++;
    this.visitor[at] = this.visitors.idOf(event.visitorId);
    this.account[at] = this.accounts.idOf(event.accountId ?? '');
    this.app[at] = event.appId;
    this.day[at] = event.day;
    this.minutes[at] = event.numMinutes ?? 0;
    this.events[at] = event.numEvents ?? 0;
    this.page[at] = this.items.idOf(event.pageId ?? '');
    this.feature[at] = this.items.idOf(event.featureId ?? '');
    this.trackType[at] = this.items.idOf(event.trackTypeId ?? '');
    this.properties[at] = this.setOf(event.properties);
    this.hidden[at] = event.blacklisted ? 1 : 0;
  }

  private setOf(properties: EventFact['properties']): number {
    const json = properties === undefined ? '' : JSON.stringify(properties);
    const id = this.sets.idOf(json);
    if (id === this.parsedSets.length) this.parsedSets.push(json === '' ? undefined : JSON.parse(json));
    return id;
  }

  private grow(): void {
    const capacity = this.size * 2;
    const wider = <T extends Uint32Array | Float64Array | Uint8Array>(column: T, next: T): T => {
      next.set(column);
      return next;
    };
    this.visitor = wider(this.visitor, new Uint32Array(capacity));
    this.account = wider(this.account, new Uint32Array(capacity));
    this.app = wider(this.app, new Float64Array(capacity));
    this.day = wider(this.day, new Float64Array(capacity));
    this.minutes = wider(this.minutes, new Float64Array(capacity));
    this.events = wider(this.events, new Float64Array(capacity));
    this.page = wider(this.page, new Uint32Array(capacity));
    this.feature = wider(this.feature, new Uint32Array(capacity));
    this.trackType = wider(this.trackType, new Uint32Array(capacity));
    this.properties = wider(this.properties, new Uint32Array(capacity));
    this.hidden = wider(this.hidden, new Uint8Array(capacity));
  }

  *[Symbol.iterator](): Iterator<EventFact> {
    for (let at = 0; at < this.size; at++) {
      const properties = this.parsedSets[this.properties[at]!];
      yield {
        visitorId: this.visitors.list[this.visitor[at]!]!,
        accountId: this.accounts.list[this.account[at]!]!,
        appId: this.app[at]!,
        day: this.day[at]!,
        minutes: this.minutes[at]!,
        events: this.events[at]!,
        // `""`: of none.
        pageId: this.items.list[this.page[at]!]!,
        featureId: this.items.list[this.feature[at]!]!,
        trackTypeId: this.items.list[this.trackType[at]!]!,
        ...(properties === undefined ? {} : { properties }),
        blacklisted: this.hidden[at] === 1,
      };
    }
  }
}
