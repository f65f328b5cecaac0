/* What `bench report` embedded (docs/report.md, "What is in the page"): columns, and one list of
 * the texts that they number. */

const data = JSON.parse(byId('data').textContent);
const cases = data.cases;
const caseCount = cases.count;
const run = data.runs[data.runs.length - 1];

/* A column in which all are the same came as that one value. */
function wholeColumns(object, keys) {
  keys.forEach(key => {
    if (!Array.isArray(object[key])) object[key] = new Array(caseCount).fill(object[key]);
  });
}
wholeColumns(cases, ['dtype', 'flags', 'roofline', 'bound', 'bytes', 'flops']);
['status', 'reason', 'implementation', 'variant', 'time', 'low', 'high', 'do_bench', 'error', 'rounds', 'process'].forEach(key => wholeColumns(cases[key], [0, 1, 2]));
['speedup', 'relative'].forEach(key => wholeColumns(cases[key], ['answer', 'estimate', 'low', 'high', 'reason']));

const ROLES = ['candidate', 'reference', 'baseline'];
const ANSWERS = ['undetermined', 'pass', 'fail'];
const text = number => (number < 0 ? '' : data.text[number]);

/* Data of other origin have times and no intervals. Their ratios are shown as they stand, as points,
 * and decide nothing. */
function pointRatios(rule) {
  const column = cases[rule === 0 ? 'speedup' : 'relative'];
  const [above, below] = rule === 0 ? [cases.time[1], cases.time[0]] : [cases.time[0], cases.time[2]];
  if (column.answer.some(answer => answer >= 0) || data.operators.some(o => o.decisions[rule])) return false;
  let found = false;
  for (let i = 0; i < caseCount; i++)
    if (above[i] !== null && below[i] !== null) {
      Object.entries({ answer: 0, estimate: above[i] / below[i], low: null, high: null }).forEach(([key, value]) => { column[key][i] = value; });
      found = true;
    }
  if (!found) return false;
  data.operators.forEach(o => {
    const logs = column.estimate.slice(o.first, o.first + o.count).filter(value => value > 0).map(Math.log);
    if (logs.length) o.decisions[rule] = ['undetermined', Math.exp(logs.reduce((a, b) => a + b) / logs.length), null, null, data.thresholds[rule], 'point estimate', 0];
  });
  return true;
}
const arePoints = [0, 1].map(pointRatios);

/* The two rules as people read them: both as a speed relative to another implementation, more is
 * better. The second is kept as candidate ÷ baseline, so it is turned over. */
const RULES = [
  { key: 'speedup', other: 'reference', name: 'Over the reference', threshold: data.thresholds[0],
    line: `${ratio(data.thresholds[0])}×`, goal: `At least ${ratio(data.thresholds[0])}× the reference`,
    show: value => ratio(value) + '×' },
  { key: 'relative', other: 'baseline', name: 'Of the baseline', threshold: 1 / data.thresholds[1],
    line: `${Math.round(100 / data.thresholds[1])} %`, goal: `At least ${Math.round(100 / data.thresholds[1])} % of the baseline`,
    show: value => (value === null || !Number.isFinite(value) ? '∞' : value < 9.995 ? percentOf(value) : digits(value, 3) + '×') },
];

function decision(rule, answer, estimate, low, high, more) {
  if (arePoints[rule]) return { answer, estimate: rule === 0 ? estimate : 1 / estimate, low: null, high: null, ...more };
  if (rule === 0) return { answer, estimate, low, high, ...more };
  const turn = value => (value === null ? 0 : 1 / value);
  return { answer, estimate: 1 / estimate, low: turn(high), high: low > 0 ? 1 / low : null, ...more };
}

function caseDecision(rule, i) {
  const column = cases[RULES[rule].key];
  return column.answer[i] < 0 ? null
    : decision(rule, ANSWERS[column.answer[i]], column.estimate[i], column.low[i], column.high[i],
        { reason: text(column.reason[i]) });
}
const fromList = (rule, d) => d && decision(rule, d[0], d[1], d[2], d[3], { reason: d[5], processes: d[6] });

const operators = data.operators.map((o, index) => ({
  index, name: o.name, first: o.first, count: o.count,
  decisions: o.decisions.map((d, rule) => fromList(rule, d)),
}));
const operatorOf = new Int32Array(caseCount);
operators.forEach(o => operatorOf.fill(o.index, o.first, o.first + o.count));

/* The rule that an operator is for: batch 1 where there is a reference, else batch 2. */
const principal = o => (o.decisions[0] ? 0 : 1);
const isDecided = [0, 1].map(rule => operators.some(o => o.decisions[rule]));
const isKnown = [0, 1].map(rule => isDecided[rule] || cases[RULES[rule].key].answer.some(answer => answer >= 0));

const caseName = i => [text(cases.dtype[i]), text(cases.shape[i]), text(cases.params[i])].filter(Boolean).join(' ');
const caseTitle = i => `${operators[operatorOf[i]].name} ${caseName(i)}`;

const STANDING = { ok: 0, checked: 0, unsupported: 1, unavailable: 1, '': 1 };
const isFailed = status => STANDING[status] === undefined;
const caseFailed = i => ROLES.some((_, r) => isFailed(text(cases.status[r][i])));

const GLYPHS = { pass: '✓', fail: '✕', undetermined: '?' };
const css = answer => (answer === 'undetermined' ? 'open' : answer);
const badge = (answer, note) =>
  h('span', { class: `answer ${css(answer)}`, title: note || null }, h('b', { 'aria-hidden': 'true' }, GLYPHS[answer]), answer);

/* "1.14 to 1.16×"; narrow ones with a digit more, so that the ends differ. */
function interval(rule, d) {
  if (arePoints[rule]) return h('span', { class: 'range' }, 'point');
  const percent = rule === 1 && (d.high ?? d.estimate) < 9.995, scale = percent ? 100 : 1;
  const [low, high] = [d.low, d.high].map(end => (end === null || !Number.isFinite(end) ? null : end * scale));
  const places = percent ? (high !== null && high < 9.95 ? 1 : 0) : high !== null && high >= 9.995 ? 1 : 2;
  const more = high !== null && low !== null && low.toFixed(places) === high.toFixed(places) ? 1 : 0;
  if (high === null) return h('span', { class: 'range' }, `${low > 0 ? low.toFixed(places) : '0'} to ∞`);
  const show = end => end.toFixed(places + more);
  return h('span', { class: 'range' }, `${show(low)} to ${show(high)}${percent ? ' %' : '×'}`);
}
