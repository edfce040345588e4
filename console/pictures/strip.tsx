import { toneColor } from '../parts/tone.tsx';
import { pictures } from '../words/pictures.ts';
import { runStates } from '../words/things.ts';
import { type StripDay, stripBars } from './strip-geometry.ts';

const height = 28;
const bar = 4;
const gap = 2;

/** A month of a sync: a bar a day, its colour the outcome, its height what was written, a notch where rows were refused. */
export function Strip({ entries, today }: { entries: readonly StripDay[]; today: string }) {
  const bars = stripBars(entries, today);
  const width = bars.length * (bar + gap) - gap;
  return (
    <svg
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={pictures.stripLabel(bars.length, entries.length)}
      style={{ display: 'block' }}
    >
      {bars.map(({ day, entry, height: share }, at) => {
        const tall = Math.round(share * height);
        const state = entry && runStates[entry.state];
        return (
          <g key={day}>
            <title>
              {entry
                ? pictures.stripDay(day, state?.word ?? entry.state, entry.written, entry.rejected)
                : pictures.stripGap(day)}
            </title>
            <rect
              x={at * (bar + gap)}
              y={height - tall}
              width={bar}
              height={tall}
              rx={1.5}
              fill={state ? toneColor(state.tone) : 'var(--cw-line)'}
            />
            {entry && entry.rejected > 0 && (
              <rect x={at * (bar + gap)} y={height - 4} width={bar} height={4} fill="var(--cw-act)" />
            )}
          </g>
        );
      })}
    </svg>
  );
}
