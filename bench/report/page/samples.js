/* The rounds of one case: every sample a dot, in the order of the rounds from top to bottom, so that
 * drift and modes are both seen; on demand, because there may be millions. */

let sampleLines = null;

/* Lines of [case, rounds, every k-th is here, arms]; an arm holds steps of `u` ns above `b`. */
function samplesOf(i) {
  if (!sampleLines) {
    sampleLines = new Map();
    for (const line of byId('samples').textContent.split('\n'))
      if (line) sampleLines.set(parseInt(line.slice(1), 10), line);
  }
  const line = sampleLines.get(i);
  if (!line) return null;
  const [, rounds, step, arms] = JSON.parse(line);
  return { rounds, step, arms: arms.map(arm => arm && arm.s.map(k => (arm.b + k * arm.u) / 1e6)) };
}

function sampleRow(values, role, r, i, scale, top) {
  const height = 62, sorted = [...values].sort((a, b) => a - b);
  const x = value => percent(scale.within(value));
  const [q1, q2, q3] = [0.25, 0.5, 0.75].map(share => quantile(sorted, share));
  const inside = values.map((value, k) => [value, k]).filter(([value]) => value <= scale.high && value >= scale.low);
  const beyond = values.length - inside.length;
  const shape = (value, k) => {
    const y = top + 20 + (k + 0.5) / values.length * (height - 22);
    return r === 1 ? s('rect', { class: `dot ${role}`, x: `calc(${x(value)} - 2px)`, y: y - 2, width: 4, height: 4 })
      : s('circle', { class: `dot ${role}`, cx: x(value), cy: y, r: r === 0 ? 2.3 : 1.7 });
  };
  return [
    s('text', { x: 0, y: top + 13 }, s('tspan', { class: 'strong' }, role), `  ${text(cases.implementation[r][i])}  median ${time(cases.time[r][i])}`,
      beyond ? `, ${beyond} beyond the axis` : ''),
    s('rect', { class: `box ${role}`, x: x(q1), width: percent(Math.max(0.001, scale.within(q3) - scale.within(q1))), y: top + 18, height: height - 18 }),
    inside.map(([value, k]) => shape(value, k)),
    s('line', { class: `median ${role}`, x1: x(q2), x2: x(q2), y1: top + 18, y2: top + height }),
  ];
}

function sampleScale(present) {
  const all = present.flat().sort((a, b) => a - b);
  const low = all[0], high = Math.min(all[all.length - 1], quantile(all, 0.995) * 1.1);
  const pad = Math.max((high - low) * 0.03, low * 0.005);
  return high / low > 4 ? logScale(low * 0.97, high * 1.03, 6) : linearScale(low - pad, high + pad, 5);
}

function sampleFigure(i) {
  const found = samplesOf(i);
  if (!found)
    return h('p', { class: 'soft' }, data.samples.why || 'No samples of this case are in this page.');
  const rows = found.arms.map((values, r) => ({ values, r })).filter(row => row.values && row.values.length);
  const scale = sampleScale(rows.map(row => row.values)), each = 74, height = rows.length * each + 26;
  const bottom = rows.length * each + 4;
  const shown = Math.max(...rows.map(row => row.values.length));
  return h('figure', { class: 'samples' },
    s('svg', { class: 'chart', height, role: 'img', 'aria-label': `Samples of ${caseTitle(i)}: ` +
      rows.map(row => `${ROLES[row.r]} median ${time(cases.time[row.r][i])}`).join(', ') },
    scale.ticks.map(tick => [
      s('line', { class: 'grid', x1: percent(scale.at(tick)), x2: percent(scale.at(tick)), y1: 0, y2: bottom }),
      s('text', { x: percent(scale.at(tick)), y: bottom + 15, 'text-anchor': 'middle' }, time(tick))]),
    rows.map((row, k) => sampleRow(row.values, ROLES[row.r], row.r, i, scale, k * each))),
    h('figcaption', {}, found.step > 1 ? `${whole(shown)} of ${whole(found.rounds)} rounds: every ${found.step}${found.step === 2 ? 'nd' : found.step === 3 ? 'rd' : 'th'}, the same ones of each implementation. `
      : `All ${whole(found.rounds)} rounds. `, 'Top to bottom is the order in time; the band is the middle half, the line the median of what is drawn.'));
}
