/* What failed, the noise floor, and where it was measured. */

function drawFailures() {
  if (!data.failures.length) {
    byId('failures-list').replaceChildren(h('p', { class: 'lead' }, data.verified ? 'Nothing failed.' : 'Nothing is known to have failed.'));
    return;
  }
  const groups = new Map();
  data.failures.forEach(([i, r, status, reason]) => {
    const key = [operatorOf[i], r, status, cases.implementation[r][i]].join('/');
    if (!groups.has(key)) groups.set(key, { i, r, status: text(status), count: 0, reasons: new Map() });
    const group = groups.get(key), list = group.reasons.get(reason) || [];
    group.count++;
    group.reasons.set(reason, list.concat(list.length < 12 ? [i] : []));
  });
  const shown = [...groups.values()].slice(0, 500);
  byId('failures-list').replaceChildren(
    h('p', { class: 'lead' }, `${plural(data.failures.length, 'failure')}, by operator, role and kind. What failed has no time and decides nothing.`),
    ...shown.map(group => h('details', {},
      h('summary', {}, h('b', {}, operators[operatorOf[group.i]].name), ' ', h('span', { class: 'answer fail' }, h('b', { 'aria-hidden': 'true' }, '⚠'), group.status), ' ',
        h('small', {}, `${ROLES[group.r]} ${text(cases.implementation[group.r][group.i])}, ${plural(group.count, 'case')}`)),
      [...group.reasons].slice(0, 6).map(([reason, list]) => [h('p', { class: 'soft' }, list.slice(0, 11).map(caseName).join('; ') + (list.length > 11 ? '; and more' : '')),
        h('pre', {}, text(reason) || 'no reason was recorded')]),
      group.reasons.size > 6 && h('p', { class: 'soft' }, `${group.reasons.size - 6} more reasons: open the cases in the table.`))),
    ...(groups.size > shown.length ? [h('p', { class: 'soft' }, `${groups.size - shown.length} more groups: the table of cases has them all (Only: with failures).`)] : []));
}

function drawNoise() {
  const aa = measuredAgainstThemselves();
  const floor = run.noise_floor;
  if (floor === null) {
    byId('noise-text').replaceChildren(h('p', { class: 'lead' }, 'Unknown: no kernel was measured against itself, so the answers here do not allow for it.'));
    return;
  }
  const facts = aa ? [['Cases with an A/A arm', whole(aa.aa_cases)], ['Farthest ratio from 1', (100 * aa.aa_worst).toFixed(2) + ' %'],
    ['95 % intervals that miss 1', `${aa.aa_outside} of ${aa.aa_cases}`]] : [];
  byId('noise-text').replaceChildren(
    h('p', { class: 'lead' }, `In some cases one implementation ran as two arms. What they differ by is what this run cannot tell from nothing: ${(100 * floor).toFixed(2)} %. `
      + 'An estimate nearer to its threshold than that has no answer, however narrow its interval.'),
    h('dl', { class: 'facts' }, [['Noise floor', (100 * floor).toFixed(3) + ' %'], ...facts].map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])));
}

const ENVIRONMENT = [
  ['Run', ['run', 'path', 'status', 'exit_code', 'started', 'finished', 'duration_s', 'command', 'resumed']],
  ['Software', ['bench_version', 'git_commit', 'git_dirty', 'compiler', 'libraries', 'python']],
  ['Host', ['host', 'system', 'host_cpus']], ['Device', ['device']], ['State at the start and the end', ['facts']],
  ['Settings', ['settings']], ['Timing', ['floor', 'graph_floor', 'cache_check']], ['Device rates', ['roofline']],
  ['Sandbox', ['sandbox']], ['Suite', ['suite']], ['Totals', ['totals', 'noise_floor']],
];

function flatten(name, value, out) {
  if (value === null || value === undefined || value === '') return;
  if (Array.isArray(value) && value.some(v => v !== null && typeof v === 'object')) value.forEach((v, k) => flatten(`${name}.${k + 1}`, v, out));
  else if (Array.isArray(value)) { if (value.length) out.push([name, value.join(name === 'command' ? ' ' : ', ')]); }
  else if (typeof value === 'object') Object.entries(value).forEach(([key, inner]) => flatten(name ? `${name}.${key}` : key, inner, out));
  else out.push([name, typeof value === 'number' ? (Number.isInteger(value) && Math.abs(value) < 1e6 ? String(value) : /bytes_s$/.test(name) ? quantity(value, 'B/s') : /flops$/.test(name) ? quantity(value, 'FLOP/s') : /bytes$/.test(name) ? quantity(value, 'B') : String(Number(value.toPrecision(6)))) : String(value)]);
}

function environmentOf(r) {
  const source = r.environment || { run: r.name, path: r.path, device: r.device, settings: { mode: r.mode, cache: r.cache } };
  const grouped = new Set(ENVIRONMENT.flatMap(([, keys]) => keys));
  const others = Object.keys(source).filter(key => !grouped.has(key) && key !== 'format');
  return [...ENVIRONMENT, ['More', others]].map(([title, keys]) => {
    const rows = [];
    keys.forEach(key => flatten(keys.length === 1 && title !== 'More' ? '' : key, source[key], rows));
    return [title, rows];
  });
}
const labelled = key => key.replace(/_/g, ' ').replace(/\./g, ' › ');

function drawEnvironment() {
  const list = data.runs.slice(-4), each = list.map(environmentOf);
  if (list.length === 1) {
    byId('environment-list').replaceChildren(h('div', { class: 'groups' }, each[0].filter(([, rows]) => rows.length).map(([title, rows]) =>
      h('div', {}, h('h3', {}, title), h('dl', { class: 'facts' }, rows.map(([key, value]) => [h('dt', {}, labelled(key)), h('dd', {}, value)]))))));
    return;
  }
  const groups = each[0].map(([title], g) => {
    const keys = [...new Set(each.flatMap(e => e[g][1].map(([key]) => key)))];
    return [title, keys.map(key => [key, each.map(e => (e[g][1].find(([k]) => k === key) || [])[1])])];
  }).filter(([, rows]) => rows.length);
  byId('environment-list').replaceChildren(
    h('p', { class: 'lead' }, `${data.runs.length > 4 ? 'The last four runs. ' : ''}What differs between them is marked ≠.`),
    h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Environments of the runs' }, h('table', { class: 'environment' },
      h('thead', {}, h('tr', {}, h('td'), h('td'), list.map(r => h('th', { scope: 'col' }, r.name)))),
      groups.map(([title, rows]) => h('tbody', {}, h('tr', {}, h('th', { scope: 'rowgroup', colspan: list.length + 2 }, h('b', {}, title))),
        rows.map(([key, values]) => {
          const differs = values.some(value => value !== values[0]);
          return h('tr', { class: differs ? 'differs' : null }, h('td', {}, differs ? h('span', { title: 'differs' }, '≠') : ''), h('th', { scope: 'row' }, labelled(key)), values.map(value => h('td', {}, value ?? '–')));
        }))))));
}
