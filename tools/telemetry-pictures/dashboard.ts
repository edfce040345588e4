/** The panels of the dashboard in deploy/, with what Prometheus answers to each of their queries. */
import { readFileSync } from 'node:fs';
import type { RunningPrometheus } from '../../test/setup/prometheus.ts';

export interface Panel {
  title: string;
  /** Grafana's name of the unit. */
  unit: string;
  points: { series: string; at: number; value: number }[];
}

interface Dashboard {
  panels: {
    title: string;
    fieldConfig: { defaults: { unit?: string } };
    targets: { expr: string; legendFormat?: string }[];
  }[];
}

const file = new URL('../../deploy/grafana/crosswalk.json', import.meta.url);
const stepSeconds = 2;

/** @param span epoch ms */
export async function readPanels(prometheus: RunningPrometheus, span: { from: number; to: number }): Promise<Panel[]> {
  const { panels } = JSON.parse(readFileSync(file, 'utf8')) as Dashboard;
  return Promise.all(
    panels.map(async ({ title, fieldConfig, targets }) => {
      const points: Panel['points'] = [];
      for (const { expr, legendFormat = '' } of targets) {
        // The pictures span minutes, where Grafana spans hours.
        const query = expr.replaceAll('$__rate_interval', '20s').replaceAll('[1h]', '[1m]');
        for (const { metric, values } of await prometheus.queryRange(query, { ...span, stepSeconds })) {
          const series = legendFormat.replace(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? '');
          for (const [at, value] of values) points.push({ series, at: at * 1000, value: Number(value) });
        }
      }
      return {
        title,
        unit: fieldConfig.defaults.unit ?? 'short',
        points: points.filter(({ value }) => !Number.isNaN(value)),
      };
    }),
  );
}
