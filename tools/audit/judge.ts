/** A finding that is accepted for a while: nothing is accepted for ever. */
export interface Accepted {
  /** As `npm audit` names it: https://github.com/advisories/GHSA-… */
  url: string;
  reason: string;
  /** The last day on which it is accepted: 2027-01-31. */
  until: string;
}

export interface Advisory {
  url: string;
  package: string;
  severity: string;
  title: string;
}

/** The parts of `npm audit --json` that are read here. */
interface AuditReport {
  vulnerabilities: Record<string, { via: (string | { name: string; url: string; title: string; severity: string })[] }>;
}

/** @returns every advisory once; undefined where the answer is not a report, as from a registry without audits */
export function advisoriesIn(output: string): Advisory[] | undefined {
  let report: Partial<AuditReport>;
  try {
    report = JSON.parse(output) as Partial<AuditReport>;
  } catch {
    return undefined;
  }
  if (report.vulnerabilities === undefined) return undefined;
  const found = new Map<string, Advisory>();
  for (const { via } of Object.values(report.vulnerabilities)) {
    for (const one of via) {
      if (typeof one === 'string') continue;
      found.set(`${one.url} ${one.name}`, {
        url: one.url,
        package: one.name,
        severity: one.severity,
        title: one.title,
      });
    }
  }
  return [...found.values()];
}

/** @param today like 2026-11-28 */
export function auditProblems(found: readonly Advisory[], accepted: readonly Accepted[], today: string): string[] {
  const problems = found.flatMap((one) => {
    const listed = accepted.find(({ url }) => url === one.url);
    const text = `${one.package}: ${one.title} (${one.severity}, ${one.url})`;
    if (listed === undefined) return [text];
    return listed.until < today ? [`${text}; was accepted until ${listed.until}: ${listed.reason}`] : [];
  });
  const gone = accepted.filter(({ url }) => !found.some((one) => one.url === url));
  return [...problems, ...gone.map(({ url }) => `${url} is accepted and is found no more: take it off the list`)];
}
