/* All cases: filtered, sorted, a page at a time, so that 100,000 are as quick as ten. */

const PAGE = matchMedia('(max-width: 44rem)').matches ? 25 : 100;
const table = { filter: { text: '', operator: '', dtype: '', answer: '', status: '' }, key: 'order', down: false, page: 0, open: new Set(), found: null };

/* A case is answered by the first rule that has an answer for it, as an operator is. */
const answeredBy = i => (cases.speedup.answer[i] >= 0 ? 0 : cases.relative.answer[i] >= 0 ? 1 : -1);
const answerOf = i => (answeredBy(i) < 0 ? -1 : cases[RULES[answeredBy(i)].key].answer[i]);

/* Lower-case text of each case to search in, made when somebody searches. */
let haystack = null;
function searched(i) {
  if (!haystack)
    haystack = Array.from({ length: caseCount }, (_, k) =>
      `${caseTitle(k)} ${cases.implementation.map(c => text(c[k])).join(' ')} ${cases.status.map(c => text(c[k])).join(' ')}`.toLowerCase());
  return haystack[i];
}

function matches(i) {
  const f = table.filter;
  if (f.operator !== '' && operatorOf[i] !== Number(f.operator)) return false;
  if (f.dtype !== '' && cases.dtype[i] !== Number(f.dtype)) return false;
  if (f.answer !== '' && (ANSWERS[answerOf(i)] || 'none') !== f.answer) return false;
  if (f.status === 'failed' && !caseFailed(i)) return false;
  if (f.status === 'floor' && !(cases.flags[i] & 7)) return false;
  if (f.status === 'throttled' && !(cases.flags[i] & 8)) return false;
  return f.text === '' || f.text.split(/\s+/).every(word => searched(i).includes(word));
}

const share = i => {
  const least = cases.roofline[i], took = cases.time[0][i];
  return least === null || took === null ? null : least / took;
};
const CASE_KEYS = {
  speedup: i => cases.speedup.estimate[i],
  relative: i => cases.relative.estimate[i] === null ? null : 1 / cases.relative.estimate[i],
  answer: answerOf,
  candidate: i => cases.time[0][i], reference: i => cases.time[1][i], baseline: i => cases.time[2][i],
  share,
};

/* Cases without a value go last, whichever the direction. */
function sortCases(found) {
  if (table.key === 'order') return table.down ? found.reverse() : found;
  if (table.key === 'name') {
    const names = new Map(found.map(i => [i, caseTitle(i)]));
    const order = new Intl.Collator('en', { numeric: true });
    return found.sort((a, b) => (table.down ? -1 : 1) * order.compare(names.get(a), names.get(b)));
  }
  const value = CASE_KEYS[table.key];
  return found.sort((a, b) => {
    const x = value(a), y = value(b);
    if (x === null || y === null) return (x === null) - (y === null) || a - b;
    return (table.down ? y - x : x - y) || a - b;
  });
}

function caseColumns() {
  const columns = [{ key: 'name', label: 'Case' }];
  if (isKnown[0]) columns.push({ key: 'speedup', label: 'Over reference', num: true });
  columns.push({ key: 'answer', label: 'Answer', hide: '' });
  if (isKnown[1]) columns.push({ key: 'relative', label: 'Of baseline', num: true, hide: isKnown[0] ? 'medium' : '' });
  columns.push({ key: 'candidate', label: 'Candidate', num: true, hide: 'medium' });
  if (isKnown[0]) columns.push({ key: 'reference', label: 'Reference', num: true, hide: 'wide' });
  if (isKnown[1]) columns.push({ key: 'baseline', label: 'Baseline', num: true, hide: 'wide' });
  if (cases.roofline.some(value => value !== null)) columns.push({ key: 'share', label: 'Of roofline', num: true, hide: 'wide' });
  return columns;
}

function ratioCell(rule, i) {
  const d = caseDecision(rule, i);
  return d ? [RULES[rule].show(d.estimate), ' ', h('span', { class: 'range medium' }, interval(rule, d))] : '–';
}

function caseCell(column, i) {
  const classes = [column.num && 'num', column.hide].filter(Boolean).join(' ');
  const cell = (...content) => h('td', { class: classes || null, role: 'cell' }, content);
  if (column.key === 'speedup') return cell(ratioCell(0, i));
  if (column.key === 'relative') return cell(ratioCell(1, i));
  if (column.key === 'share') { const part = share(i); return cell(part === null ? '–' : percentOf(part)); }
  if (column.key === 'answer') {
    if (caseFailed(i)) {
      const r = ROLES.findIndex((_, k) => isFailed(text(cases.status[k][i])));
      return cell(h('span', { class: 'answer fail', title: ROLES[r] }, h('b', { 'aria-hidden': 'true' }, '⚠'), text(cases.status[r][i])));
    }
    const rule = answeredBy(i), d = rule < 0 ? null : caseDecision(rule, i);
    const checked = cases.status.some(c => text(c[i]) === 'checked'); // empty tensors, which are not timed
    return cell(d ? badge(d.answer, d.reason) : h('span', { class: 'soft' }, checked ? 'checked' : 'not compared'), rule === 1 && isKnown[0] ? h('small', { class: 'range' }, ' of baseline') : null);
  }
  const r = ROLES.indexOf(column.key);
  return cell(cases.time[r][i] === null ? '–' : time(cases.time[r][i]));
}

function caseRow(i, columns) {
  const isOpen = table.open.has(i);
  const button = h('button', { type: 'button', class: 'open-row', 'aria-expanded': String(isOpen), 'aria-controls': isOpen ? `detail-${i}` : null, 'data-case': i,
    onclick: () => { isOpen ? table.open.delete(i) : table.open.add(i); drawCases(); byId('cases-table').querySelector(`[data-case="${i}"]`).focus(); } },
  h('span', { class: 'turn', 'aria-hidden': 'true' }, isOpen ? '▾' : '▸'),
  h('span', { class: 'label' }, operators[operatorOf[i]].name, ' ', h('small', {}, caseName(i))));
  return [h('tr', { class: 'row', role: 'row' }, h('td', { class: 'case-name', role: 'cell' }, button), columns.slice(1).map(column => caseCell(column, i))),
    isOpen && detailRow(i, columns.length)];
}

function sortCasesBy(key) {
  table.down = table.key === key ? !table.down : key !== 'name';
  table.key = key;
  table.page = 0;
  table.found = null;
  drawCases();
}

function drawCases() {
  if (!table.found) {
    table.found = [];
    for (let i = 0; i < caseCount; i++) if (matches(i)) table.found.push(i);
    sortCases(table.found);
  }
  const columns = caseColumns(), found = table.found, pages = Math.max(1, Math.ceil(found.length / PAGE));
  table.page = Math.min(table.page, pages - 1);
  const rows = found.slice(table.page * PAGE, (table.page + 1) * PAGE);
  byId('cases-status').textContent = found.length === caseCount ? plural(caseCount, 'case') : `${whole(found.length)} of ${plural(caseCount, 'case')}`;
  byId('cases-table').replaceChildren(h('table', { class: 'case-table', role: 'table' },
    h('caption', { class: 'unseen' }, 'Cases. The buttons in the head sort, those in the rows open a case.'),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, columns.map(column => {
      const sorted = table.key === column.key;
      return h('th', { role: 'columnheader', scope: 'col', class: [column.num && 'num', column.hide].filter(Boolean).join(' ') || null, 'aria-sort': sorted ? (table.down ? 'descending' : 'ascending') : 'none' },
        h('button', { type: 'button', 'data-sort': column.key, onclick: () => { sortCasesBy(column.key); byId('cases-table').querySelector(`[data-sort="${column.key}"]`).focus(); } },
          column.label, h('span', { class: 'sign', 'aria-hidden': 'true' }, sorted ? (table.down ? '↓' : '↑') : '')));
    }))),
    h('tbody', { role: 'rowgroup' }, rows.length ? rows.map(i => caseRow(i, columns)) : h('tr', {}, h('td', { colspan: columns.length, class: 'soft' }, 'No case matches the filter.')))));
  drawPager(pages);
}

function drawPager(pages) {
  if (pages < 2) { byId('cases-pager').replaceChildren(); return; }
  const to = (label, page, name) => h('button', { type: 'button', 'data-page': name, disabled: page < 0 || page >= pages, onclick: () => {
    table.page = page;
    drawCases();
    const again = byId('cases-pager').querySelector(`[data-page="${name}"]`);
    (again.disabled ? byId('cases-pager').querySelector('button:not(:disabled)') : again).focus({ preventScroll: true });
    byId('cases').scrollIntoView();
  } }, label);
  byId('cases-pager').replaceChildren(to('Previous', table.page - 1, 'previous'), h('span', {}, `Page ${whole(table.page + 1)} of ${whole(pages)}`), to('Next', table.page + 1, 'next'));
}

function refilter() {
  table.page = 0;
  table.found = null;
  drawCases();
}

/* From a plot or a list to the cases of an operator. */
function showOperator(o) {
  Object.assign(table.filter, { text: '', operator: String(o.index), dtype: '', answer: '', status: '' });
  byId('cases-controls').querySelectorAll('select, input').forEach(control => { control.value = table.filter[control.name] ?? control.value; });
  refilter();
  byId('cases').scrollIntoView();
  byId('cases-controls').querySelector('[name="operator"]').focus({ preventScroll: true });
}

function startCases() {
  const named = (name, label, options) => {
    const element = select(label, options, value => { table.filter[name] = value; refilter(); });
    element.querySelector('select').name = name;
    return element;
  };
  const input = h('input', { type: 'search', name: 'text', placeholder: 'gelu float16 wrong', autocomplete: 'off', oninput: () => { table.filter.text = input.value.trim().toLowerCase(); refilter(); } });
  const dtypes = [...new Set(cases.dtype)];
  const controls = [h('label', {}, 'Search', input),
    operators.length > 1 && named('operator', 'Operator', [['', 'all'], ...operators.map(o => [String(o.index), o.name])]),
    dtypes.length > 1 && named('dtype', 'Dtype', [['', 'all'], ...dtypes.map(d => [String(d), text(d)])]),
    named('answer', 'Answer', [['', 'all'], ...ANSWERS.map(a => [a, a]), ['none', 'not compared']]),
    named('status', 'Only', [['', 'all cases'], ['failed', 'with failures'], ['floor', 'near the timing floor'], ['throttled', 'with a throttled clock']]),
    h('button', { type: 'reset', class: 'quiet' }, 'Clear')];
  const form = byId('cases-controls');
  form.append(...controls.filter(Boolean));
  form.addEventListener('submit', event => event.preventDefault());
  form.addEventListener('reset', () => { Object.keys(table.filter).forEach(key => { table.filter[key] = ''; }); Object.assign(table, { key: 'order', down: false }); refilter(); });
  drawCases();
}
