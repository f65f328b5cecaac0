/* Axes. Positions are shares of the width, written as percentages, so that every picture follows
 * its place on a phone, on paper and in a window without being drawn again. */

function logScale(low, high, most) {
  if (!(low > 0) || !Number.isFinite(high)) { low = 0.5; high = 2; }
  if (high / low < 1.3) { const middle = Math.sqrt(low * high); low = middle / 1.15; high = middle * 1.15; }
  const from = Math.log(low), span = Math.log(high) - from;
  const at = value => (Math.log(value) - from) / span;
  const within = value => Math.min(1, Math.max(0, value > 0 ? at(value) : 0));
  return { low, high, at, within, ticks: logTicks(low, high, most || 8) };
}

/* 1-2-5 steps where there is room, tens where there is little, and finer ones within a decade. */
function logTicks(low, high, most) {
  if (high / low < 2) return linearScale(low, high, most).ticks.map(tick => Number(tick.toPrecision(6)));
  const sets = [[1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9],
    [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 4, 5, 6, 8], [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8],
    [1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1]];
  const first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high));
  for (let stride = 1; stride < 40; stride++)
    for (const set of stride === 1 ? sets : [[1]]) {
      const ticks = [];
      for (let decade = first; decade <= last; decade += stride)
        for (const step of set) {
          const value = Number((step * 10 ** decade).toPrecision(4));
          if (value >= low * 0.9999 && value <= high * 1.0001) ticks.push(value);
        }
      if (ticks.length <= most) return ticks;
    }
  return [];
}

function linearScale(low, high, most) {
  const span = high - low || 1;
  const raw = span / (most || 5), power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(k => k * power).find(value => value >= raw);
  const ticks = [];
  for (let k = Math.ceil(low / step); k * step <= high + step / 1e6; k++) ticks.push(k * step);
  const at = value => (value - low) / span;
  return { low, high, at, within: value => Math.min(1, Math.max(0, at(value))), ticks };
}

/* Quantile of numbers in ascending order. */
function quantile(sorted, share) {
  const place = share * (sorted.length - 1), below = Math.floor(place);
  return sorted[below] + (place - below) * ((sorted[below + 1] ?? sorted[below]) - sorted[below]);
}

/* The shape of a mark says the answer, whatever the colours: a full circle passes, a full diamond
 * fails, an open circle is undetermined. Of a role: circle, square, triangle. */
function mark(answer, x, y, size) {
  if (answer === 'fail')
    return s('svg', { x, y, overflow: 'visible', width: 1, height: 1 },
      s('path', { class: 'mark fail', d: `M0 ${-size}L${size} 0L0 ${size}L${-size} 0Z` }));
  return s('circle', { class: `mark ${css(answer)}`, cx: x, cy: y, r: answer === 'pass' ? size * 0.85 : size * 0.8 });
}
const keyMark = answer => s('svg', { viewBox: '0 0 22 14', 'aria-hidden': 'true' }, mark(answer, 11, 7, 5));
