import type { PendoKind } from '../../contract.ts';
import { onlyKeys } from './fields.ts';
import { listSource, parametersOf, type SourceKind } from './source-kind.ts';

/**
 * `doNotProcessVisitors` and `doNotProcessAccounts`: who is marked do-not-process, and the ids of whoever was deleted in
 * bulk, which Pendo keeps so.
 */
export const doNotProcessSources: Record<string, SourceKind> = {
  doNotProcessVisitors: marked('visitor'),
  doNotProcessAccounts: marked('account'),
};

function marked(kind: PendoKind): SourceKind {
  return {
    timed: false,
    compile({ truth, compiler }, { parameters, name }) {
      onlyKeys(parametersOf(parameters), [], name);
      const deleted = kind === 'visitor' ? truth.forgotten : truth.forgottenAccounts;
      const { ids, indexes } = truth.records[kind].directory.sorted(compiler.around.strings);
      const rows: Record<string, unknown>[] = [];
      for (const [place, id] of ids.entries()) {
        const record = truth.records[kind].raw(id, indexes[place]);
        if (record ? record.metadata.pendo?.donotprocess !== true : !deleted.has(id)) continue;
        rows.push({ [`${kind}Id`]: id, metadata: record?.metadata ?? { pendo: { donotprocess: true } } });
      }
      return { open: () => listSource(rows), costPerDay: ids.length };
    },
  };
}
