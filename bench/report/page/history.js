/* Several runs: a small picture an operator, and where it changed. */

const hasCourse = [0, 1].map(rule => data.history.some(line => line.points[rule].some(Boolean)));
const past = { rule: hasCourse[0] ? 0 : 1, all: false };
const PAST_FIRST = 24;

/* The axis of one course. A threshold far away would press the course flat: it is then told in words. */
function pastScale(points, rule) {
  const ends = points.flatMap(([d]) => [d.estimate, d.low > 0 ? d.low : d.estimate, d.high ?? d.estimate]);
  const low = Math.min(...ends), high = Math.max(...ends), line = RULES[rule].threshold;
  const near = line > low / 1.5 && line < high * 1.5;
  const scale = logScale((near ? Math.min(low, line) : low) / 1.03, (near ? Math.max(high, line) : high) * 1.03, 5);
  scale.ticks = scale.ticks.filter((tick, k, all) => k === 0 || scale.at(tick) - scale.at(all[k - 1]) > 0.1);
  return { ...scale, near };
}

const showTick = (rule, tick) => (rule === 1 ? `${Math.round(100 * tick)} %` : `${Number(tick.toPrecision(3))}×`);

function changeMark(c, rule, x) {
  const by = rule === 0 ? c.after / c.before - 1 : c.before / c.after - 1;
  return [s('line', { class: 'change', x1: x, x2: x, y1: 0, y2: '100%' }),
    s('text', { class: 'threshold halo', x, y: 10, dx: 4 }, `${by < 0 ? '▼' : '▲'} ${Math.abs(100 * by).toFixed(1)} %`)];
}

function pastPlot(line, rule, points, changes) {
  const scale = pastScale(points, rule), count = data.runs.length, left = 0.13;
  const X = k => percent(left + (1 - left) * (k + 0.5) / count), Y = value => percent(1 - scale.within(value));
  const from = percent(left - 0.01), size = count > 25 ? 3 : 4.5;
  return s('svg', { class: 'chart', height: 120, role: 'img', 'aria-label': `${line.name} over ${count} runs: ${points.map(([d]) => RULES[rule].show(d.estimate)).slice(-12).join(', ')}`
    + (changes.length ? `; changes: ${changes.map(c => c.text).join('; ')}` : '') },
  scale.ticks.map(tick => [s('line', { class: 'grid', x1: from, x2: '100%', y1: Y(tick), y2: Y(tick) }),
    s('text', { x: 0, y: Y(tick), dy: 4 }, showTick(rule, tick))]),
  scale.near && s('line', { class: 'threshold', x1: from, x2: '100%', y1: Y(RULES[rule].threshold), y2: Y(RULES[rule].threshold) }),
  points.slice(1).map(([d, k], n) => s('line', { class: 'one', x1: X(points[n][1]), x2: X(k), y1: Y(points[n][0].estimate), y2: Y(d.estimate) })),
  points.map(([d, k]) => s('g', {}, s('line', { class: css(d.answer), x1: X(k), x2: X(k), y1: Y(d.low > 0 ? d.low : d.estimate), y2: Y(d.high ?? d.estimate) }),
    count > 60 ? null : mark(d.answer, X(k), Y(d.estimate), size),
    s('title', {}, `${data.runs[k].name || data.runs[k].path} ${when(data.runs[k].started)}: ${RULES[rule].show(d.estimate)}, ${d.answer}`))),
  changes.map(c => changeMark(c, rule, X(c.run - 0.5))));
}

function pastPanel(line, rule) {
  const points = line.points[rule].map((p, k) => [fromList(rule, p), k]).filter(([d]) => d);
  const changes = data.changes.filter(c => c.operator === line.name && c.rule === rule);
  const last = points[points.length - 1][0];
  return h('div', { class: 'panel' },
    h('h3', {}, line.name, h('span', {}, RULES[rule].show(last.estimate), ' ', h('span', { class: `answer ${css(last.answer)}`, title: last.answer }, GLYPHS[last.answer], h('span', { class: 'unseen' }, last.answer)))),
    pastPlot(line, rule, points, changes),
    changes.map(c => h('p', { class: 'change-text' }, h('b', {}, 'Changed '), c.text)));
}

function drawHistory() {
  const rule = past.rule, lines = data.history.filter(line => line.points[rule].some(Boolean));
  const left = lines.length - PAST_FIRST;
  const changed = line => data.changes.some(c => c.operator === line.name && c.rule === rule);
  const ordered = [...lines.filter(changed), ...lines.filter(line => !changed(line))];
  byId('history-plot').replaceChildren(h('div', { class: 'small-multiples' }, (past.all ? ordered : ordered.slice(0, PAST_FIRST)).map(line => pastPanel(line, rule))),
    ...(left > 0 ? [h('p', {}, h('button', { type: 'button', class: 'quiet', onclick: () => { past.all = !past.all; drawHistory(); } }, past.all ? 'Show fewer' : `Show ${whole(left)} more`))] : []),
    h('ul', { class: 'key' }, ANSWERS.slice(1).concat('undetermined').map(answer => h('li', {}, keyMark(answer), answer)),
      data.changes.length > 0 && h('li', {}, s('svg', { viewBox: '0 0 22 14', 'aria-hidden': 'true' }, s('line', { class: 'change', x1: 11, x2: 11, y1: 0, y2: 14 })), 'change')));
}

function startHistory() {
  if (data.runs.length < 2) return;
  byId('history').hidden = false;
  const first = data.runs[0], devices = new Set(data.runs.map(r => r.device));
  const named = r => (r.name || r.path) + (r.started ? ` (${when(r.started)})` : '');
  byId('history-lead').textContent = `${plural(data.runs.length, 'run')}, in the order given, from ${named(first)} to ${named(run)}. The axes are logarithmic; each operator has its own.`
    + (data.changes_known ? '' : ' These are too few runs to look for changes.') + (devices.size > 1 ? ` They are of different devices: ${[...devices].join(', ')}.` : '');
  if (hasCourse[0] && hasCourse[1])
    byId('history-controls').append(choice('Compared with', [[0, RULES[0].name], [1, RULES[1].name]], past.rule, rule => { past.rule = rule; drawHistory(); }));
  drawHistory();
}
