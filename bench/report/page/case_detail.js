/* What opens below a case. */

function roleTable(i) {
  const spreadOf = r => cases.low[r][i] === null ? '' : ` (${time(cases.low[r][i])} to ${time(cases.high[r][i])})`;
  const rows = ROLES.map((role, r) => ({ role, r, status: text(cases.status[r][i]) })).filter(row => row.status || text(cases.implementation[row.r][i]));
  const some = column => rows.some(row => column[row.r][i] !== null);
  return h('div', { class: 'scroll' }, h('table', {}, h('thead', {}, h('tr', {}, ['Role', 'Implementation', 'Time, 95 % interval', 'Rounds', some(cases.do_bench) && 'do_bench', some(cases.error) && 'Largest error ÷ allowed', 'Status']
    .filter(Boolean).map(label => h('th', { scope: 'col' }, label)))),
  h('tbody', {}, rows.map(({ role, r, status }) => h('tr', {}, h('th', { scope: 'row' }, role),
    h('td', {}, text(cases.implementation[r][i]) || '–', ' ', h('span', { class: 'soft mono' }, text(cases.variant[r][i]))),
    h('td', {}, time(cases.time[r][i]), h('span', { class: 'range' }, spreadOf(r))),
    h('td', {}, cases.rounds[r][i] ? whole(cases.rounds[r][i]) : '–'),
    some(cases.do_bench) && h('td', {}, time(cases.do_bench[r][i])),
    some(cases.error) && h('td', {}, digits(cases.error[r][i], 3)),
    h('td', {}, status))))));
}

function caseFacts(i) {
  const facts = [0, 1].map(rule => {
    const d = caseDecision(rule, i);
    return d && [RULES[rule].name, [`${RULES[rule].show(d.estimate)}, `, interval(rule, d), ' ', badge(d.answer), d.reason && ` ${d.reason}`]];
  });
  if (cases.roofline[i] !== null)
    facts.push(['Roofline', `${time(cases.roofline[i])} at least, bound by ${text(cases.bound[i])}` + (share(i) === null ? '' : `; ${percentOf(share(i))} of it reached`)]);
  if (cases.bytes[i] !== null) facts.push(['Work', `${quantity(cases.bytes[i], 'B')} moved, ${quantity(cases.flops[i], 'FLOP')} computed`]);
  const ran = ROLES.map((role, r) => cases.process[r][i] && `${role} ${cases.process[r][i].map(time).join(', ')}`).filter(Boolean);
  if (ran.length) facts.push(['In each process', ran.join('; ') + '; the main run first']);
  const flags = cases.flags[i], near = ROLES.filter((_, r) => flags & (1 << r));
  if (near.length) facts.push(['Near the timing floor', near.join(', ')]);
  if (flags & 8) facts.push(['Clock', 'throttled: these times decide nothing']);
  const reasons = ROLES.map((role, r) => text(cases.reason[r][i]) && [role + ' ' + text(cases.status[r][i]), text(cases.reason[r][i])]);
  return [h('dl', { class: 'facts' }, facts.filter(Boolean).map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
    reasons.filter(Boolean).map(([name, value]) => h('details', { open: true }, h('summary', {}, name), h('pre', {}, value)))];
}

const detailRow = (i, width) => h('tr', { class: 'detail', id: `detail-${i}` },
  h('td', { colspan: width }, h('div', { class: 'grid2' }, roleTable(i), caseFacts(i), sampleFigure(i))));
