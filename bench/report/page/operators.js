/* One line an operator: its estimate and interval, every case a faint dot, the threshold. */

const forest = { rule: isDecided[0] ? 0 : 1, key: 'estimate', down: true, all: false };
const FOREST_FIRST = 60;

/* Evenly spaced in rank, the first and the last among them. */
function spread(sorted, most) {
  if (sorted.length <= most) return sorted;
  return Array.from({ length: most }, (_, k) => sorted[Math.round(k * (sorted.length - 1) / (most - 1))]);
}

function caseEstimates(o, rule) {
  const list = [];
  for (let i = o.first; i < o.first + o.count; i++) {
    const estimate = cases[RULES[rule].key].estimate[i];
    if (estimate !== null && estimate > 0) list.push([rule === 1 ? 1 / estimate : estimate, i]);
  }
  return list.sort((a, b) => a[0] - b[0]);
}

function forestScale(rows) {
  const ends = [];
  rows.forEach(row => {
    ends.push(row.d.estimate);
    if (row.d.low > 0) ends.push(row.d.low);
    if (Number.isFinite(row.d.high) && row.d.high !== null) ends.push(row.d.high);
    row.dots.forEach(dot => ends.push(dot[0]));
  });
  ends.sort((a, b) => a - b);
  const threshold = RULES[forest.rule].threshold;
  const within = cut => [Math.min(quantile(ends, cut), threshold / 1.1, 0.95), Math.max(quantile(ends, 1 - cut), threshold * 1.1, 1.05)];
  /* A few cases far away must not squeeze all others into a corner. */
  const all = within(0), most = within(0.05), width = ([low, high]) => Math.log(high / low);
  const [low, high] = ends.length > 60 && width(most) < 0.55 * width(all) ? most : all;
  return { ...logScale(low / 1.03, high * 1.03, 7), cut: low > all[0] || high < all[1] };
}

function gridLines(scale) {
  return [scale.ticks.map(tick => s('line', { class: 'grid', x1: percent(scale.at(tick)), x2: percent(scale.at(tick)), y1: 0, y2: '100%' })),
    s('line', { class: 'one', x1: percent(scale.at(1)), x2: percent(scale.at(1)), y1: 0, y2: '100%' }),
    s('line', { class: 'threshold', x1: percent(scale.within(RULES[forest.rule].threshold)), x2: percent(scale.within(RULES[forest.rule].threshold)), y1: 0, y2: '100%' })];
}

function forestRow(row, scale) {
  const { o, d, dots } = row, middle = 18;
  const x = value => percent(scale.within(value));
  return s('svg', { role: 'img', 'aria-label': `${o.name}: ${RULES[forest.rule].show(d.estimate)}, ${d.answer}` },
    gridLines(scale),
    dots.map(([value, i], k) => caseMark(value, scale, middle + (k * 7 % 15) - 7, `${caseTitle(i)}: ${RULES[forest.rule].show(value)}`)),
    whisker(d, scale, middle),
    d.estimate < scale.low ? beyond(0, '◂', d) : d.estimate > scale.high ? beyond(1, '▸', d) : mark(d.answer, x(d.estimate), middle, 5.5));
}

/* A case is a dot; beyond the axis, a triangle that points there from its end. */
function caseMark(value, scale, y, title) {
  const way = value < scale.low ? -1 : value > scale.high ? 1 : 0;
  if (!way) return s('circle', { class: 'case', cx: percent(scale.at(value)), cy: y, r: 2.6 }, s('title', {}, title));
  return s('svg', { x: way < 0 ? 0 : '100%', y, overflow: 'visible', width: 1, height: 1 },
    s('path', { class: 'case', d: `M${way * 5} 0L${-way} -3.5L${-way} 3.5Z` }, s('title', {}, title)));
}

/* An estimate off the axis points to where it is; the number stands beside it. */
const beyond = (x, arrow, d) => s('text', { class: `beyond ${css(d.answer)}`, x: percent(x), y: 23, 'text-anchor': x ? 'end' : 'start' }, arrow);

/* Its interval, with ends that are seen where it is wider than the mark. */
function whisker(d, scale, y) {
  if (arePoints[forest.rule]) return null;
  const ends = [d.low, d.high === null ? scale.high : d.high].map(scale.within);
  const [from, to] = ends.map(percent);
  return ends[1] > ends[0] && [s('line', { class: css(d.answer), x1: from, x2: to, y1: y, y2: y }),
    ends[1] - ends[0] > 0.03 && [from, to].map(x => s('line', { class: `end ${css(d.answer)}`, x1: x, x2: x, y1: y - 5, y2: y + 5 }))];
}

function forestHead(scale) {
  const rule = RULES[forest.rule], at = scale.within(rule.threshold);
  const near = tick => Math.abs(scale.at(tick) - at) < 0.115;
  return s('svg', { role: 'img', 'aria-label': `Logarithmic axis; the threshold is ${rule.line}` },
    scale.ticks.filter(tick => !near(tick)).map(tick => s('text', { x: percent(scale.at(tick)), y: 14, 'text-anchor': 'middle' },
      forest.rule === 1 ? Math.round(tick * 100) + ' %' : Number(tick.toPrecision(3)) + '×')),
    s('text', { class: 'threshold', x: percent(at), y: 14, 'text-anchor': 'middle' }, rule.line));
}

const FOREST_ORDER = {
  name: (a, b) => a.o.name.localeCompare(b.o.name),
  estimate: (a, b) => a.d.estimate - b.d.estimate,
  answer: (a, b) => ANSWERS.indexOf(a.d.answer) - ANSWERS.indexOf(b.d.answer) || a.d.estimate - b.d.estimate,
  cases: (a, b) => a.o.count - b.o.count,
};

function forestColumn(key, label, attributes) {
  const sorted = forest.key === key;
  return h('th', { role: 'columnheader', scope: 'col', 'aria-sort': sorted ? (forest.down ? 'descending' : 'ascending') : null, ...attributes },
    h('button', { type: 'button', 'data-sort': key, onclick: () => {
      forest.down = sorted ? !forest.down : key !== 'name';
      forest.key = key;
      drawOperators();
      byId('operators-plot').querySelector(`[data-sort="${key}"]`).focus();
    } }, label, h('span', { class: 'sign', 'aria-hidden': 'true' }, sorted ? (forest.down ? '↓' : '↑') : '')));
}

function forestKey(limited, most, cut) {
  return h('ul', { class: 'key' },
    ANSWERS.slice(1).concat('undetermined').map(answer => h('li', {}, keyMark(answer), answer)),
    h('li', {}, s('svg', { viewBox: '0 0 22 14', 'aria-hidden': 'true' }, s('circle', { class: 'case', cx: 11, cy: 7, r: 3 })), 'one case'),
    h('li', {}, s('svg', { viewBox: '0 0 22 14', 'aria-hidden': 'true' }, s('line', { class: 'threshold', x1: 11, x2: 11, y1: 0, y2: 14 })), 'threshold'),
    cut && h('li', {}, '◂ ▸ beyond the axis'),
    limited && h('li', {}, `of an operator with more than ${most} cases, ${most} are drawn, evenly spaced in rank`));
}

function drawOperators() {
  const rule = forest.rule, most = Math.max(12, Math.min(150, Math.floor(5000 / Math.max(1, operators.length))));
  const decided = operators.filter(o => o.decisions[rule]);
  let limited = false;
  let rows = decided.map(o => {
    const estimates = caseEstimates(o, rule);
    limited = limited || estimates.length > most;
    return { o, d: o.decisions[rule], dots: spread(estimates, most) };
  }).sort((a, b) => (forest.down ? -1 : 1) * FOREST_ORDER[forest.key](a, b));
  const scale = forestScale(rows), left = rows.length - FOREST_FIRST;
  if (!forest.all && left > 0) rows = rows.slice(0, FOREST_FIRST);
  byId('operators-lead').textContent = `Speed ${rule === 0 ? 'over the reference' : 'relative to the baseline'}: geometric mean over an operator's cases${arePoints[rule] ? '' : ', with its interval'}. `
    + (arePoints[rule] ? 'Points, for these data have no intervals.' : 'An operator passes if all of the interval lies beyond the threshold.')
    + (decided.length < operators.length ? ` ${plural(operators.length - decided.length, 'operator has', 'operators have')} no case with a time of both the candidate and the ${RULES[rule].other}.` : '');
  const table = h('table', { class: 'forest', role: 'table' },
    h('caption', { class: 'unseen' }, `Operators, ${RULES[rule].name.toLowerCase()}`),
    h('colgroup', {}, ['name', 'plot', 'value', 'answer', 'cases'].map(c => h('col', { class: 'c-' + c }))),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, forestColumn('name', 'Operator'),
      h('th', { role: 'columnheader', scope: 'col', class: 'plotted' }, forestHead(scale)), forestColumn('estimate', 'Estimate'),
      forestColumn('answer', 'Answer'), forestColumn('cases', 'Cases', { class: 'num' }))),
    h('tbody', { role: 'rowgroup' }, rows.map(row => h('tr', { role: 'row' },
      h('td', { role: 'cell', class: 'name' }, h('button', { type: 'button', class: 'plain', onclick: () => showOperator(row.o) }, row.o.name)),
      h('td', { role: 'cell', class: 'plotted' }, forestRow(row, scale)),
      h('td', { role: 'cell', class: 'value' }, h('b', {}, RULES[rule].show(row.d.estimate)), ' ', interval(rule, row.d)),
      h('td', { role: 'cell' }, badge(row.d.answer, row.d.reason)),
      h('td', { role: 'cell', class: 'num cases' }, whole(row.o.count))))));
  byId('operators-plot').replaceChildren(table, forestKey(limited, most, scale.cut),
    ...(left > 0 ? [h('p', {}, h('button', { type: 'button', class: 'quiet', onclick: () => { forest.all = !forest.all; drawOperators(); } },
      forest.all ? 'Show fewer' : `Show ${whole(left)} more`))] : []));
}

function startOperators() {
  if (isDecided[0] && isDecided[1])
    byId('operators-controls').append(choice('Compared with', [[0, RULES[0].name], [1, RULES[1].name]], forest.rule,
      rule => { forest.rule = rule; drawOperators(); }));
  if (isDecided[0] || isDecided[1]) drawOperators();
  else byId('operators-lead').textContent = 'No operator was compared with anything: there are no decisions in these data.';
}
