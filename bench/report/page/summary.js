/* What a person wants to know first, on one screen. */

function counts(list) {
  const count = { pass: 0, undetermined: 0, fail: 0 };
  list.forEach(d => d && count[d.answer]++);
  return { ...count, all: list.filter(Boolean).length };
}

function answerTile(rule) {
  const count = counts(operators.map(o => o.decisions[rule])), points = arePoints[rule];
  const beyond = operators.filter(o => o.decisions[rule] && o.decisions[rule].estimate >= RULES[rule].threshold).length;
  const parts = ['pass', 'undetermined', 'fail'].filter(answer => count[answer]);
  return h('div', { class: 'tile' },
    h('h2', {}, RULES[rule].goal),
    h('p', { class: 'big' }, String(points ? beyond : count.pass), h('small', {}, ` of ${whole(count.all)}`, h('span', { class: 'medium' }, count.all === 1 ? ' operator' : ' operators'))),
    h('div', { class: 'share', 'aria-hidden': 'true' }, parts.map(answer => {
      const part = h('i', { class: css(answer) });
      part.style.flexGrow = count[answer];
      return part;
    })),
    h('p', {}, points ? 'as points: nothing is decided' : parts.map(answer => `${GLYPHS[answer]}\u00a0${count[answer]}\u00a0${answer}`).join(' · ')));
}

function failureTile() {
  const perRole = ROLES.map((_, r) => data.failures.filter(f => f[1] === r).length);
  const failed = data.failures.length;
  const where = new Set(data.failures.map(f => operatorOf[f[0]])).size;
  return h('div', { class: 'tile' },
    h('h2', {}, 'Failed implementations'),
    h('p', { class: 'big' }, failed ? whole(failed) : 'none'),
    h('p', {}, failed ? `in ${plural(where, 'operator')}: ${ROLES.map((role, r) => perRole[r] && `${perRole[r]} ${role}`).filter(Boolean).join(', ')}`
      : data.verified ? `${whole(data.verified)} verified against the oracle` : run.kind === 'null' ? 'none was verified: the device computes nothing' : 'nothing is told of their verification'));
}

const measuredAgainstThemselves = () => run.environment && run.environment.noise_floor;

function noiseTile() {
  const aa = measuredAgainstThemselves(), known = run.noise_floor !== null;
  return h('div', { class: 'tile' },
    h('h2', {}, 'Noise floor'),
    h('p', { class: 'big' }, known ? (100 * run.noise_floor).toFixed(2) + ' %' : 'unknown'),
    h('p', {}, known && aa && aa.aa_cases ? `kernels against themselves, ${plural(aa.aa_cases, 'case')}` : run.environment ? 'the run had no A/A arm' : 'nothing is told of it'));
}

function extremes(title, list, empty) {
  return h('div', { class: 'tile' }, h('h3', {}, title),
    list.length ? h('ol', {}, list.map(o => {
      const rule = principal(o), d = o.decisions[rule];
      return h('li', {},
        h('button', { type: 'button', class: 'plain what', onclick: () => showOperator(o) }, o.name),
        h('span', { class: 'value' }, RULES[rule].show(d.estimate), rule === 1 ? h('small', {}, 'of baseline') : null,
          ' ', h('span', { class: `answer ${css(d.answer)}`, title: d.answer }, h('b', { 'aria-hidden': 'true' }, GLYPHS[d.answer]),
            h('span', { class: 'unseen' }, d.answer))));
    })) : h('p', { class: 'soft' }, empty));
}

function failureList() {
  const byReason = new Map();
  data.failures.forEach(f => {
    const key = `${operators[operatorOf[f[0]]].name}\n${text(f[2])}\n${ROLES[f[1]]}`;
    byReason.set(key, (byReason.get(key) || 0) + 1);
  });
  const groups = [...byReason].sort((a, b) => b[1] - a[1]);
  return h('div', { class: 'tile' }, h('h3', {}, 'What failed'),
    groups.length ? h('ul', {}, groups.slice(0, 5).map(([key, count]) => {
      const [name, status, role] = key.split('\n');
      return h('li', {}, h('a', { class: 'what', href: '#failures' }, name), h('span', { class: 'value' }, status, h('small', {}, `${role}, ${plural(count, 'case')}`)));
    }), groups.length > 5 && h('li', {}, h('a', { href: '#failures' }, `and ${groups.length - 5} more`)))
      : h('p', { class: 'soft' }, 'Nothing.'));
}

/* What became worse since the last good night: the first thing to know of a night. Then what may have
 * changed unseen. */
function nightNotes(night) {
  const since = night.against ? `since ${night.against.split('/').pop()}` : '';
  const found = night.findings.filter(([kind]) => kind !== 'unsure'), unsure = night.findings.filter(([kind]) => kind === 'unsure');
  const worse = found.length
    ? h('div', { class: 'alert worse', role: 'group', 'aria-labelledby': 'night-title' },
      h('h2', { id: 'night-title' }, [plural(found.length, 'thing'), 'to look at', since].filter(Boolean).join(' ')),
      h('ul', {}, found.map(([kind, sentence]) => h('li', {}, h('b', {}, kind), ' ', sentence))))
    : h('p', { class: 'alert good' }, night.against ? `Nothing became worse ${since}.` : 'Compared with no other night; nothing failed.');
  return [worse, ...unsure.map(([, sentence]) => h('p', { class: 'alert note' }, `Unsure: ${sentence}`))];
}

function drawSummary() {
  const other = data.runs.length > 1 ? `The newest of ${data.runs.length} runs` : 'Run';
  byId('over').textContent = [other, run.name, when(run.started)].filter(Boolean).join(' · ');
  byId('summary-title').textContent = data.title;
  byId('meta').textContent = [
    `${plural(caseCount, 'case')} of ${plural(operators.length, 'operator')}`,
    run.mode && (run.mode !== 'kernel' ? 'whole calls' : run.kind === 'cuda' ? 'GPU time of kernels' : 'times of kernels'), run.cache && `${run.cache} cache`,
    run.confirmations ? `winners confirmed in ${plural(run.confirmations, 'fresh process', 'fresh processes')}` : null,
    duration(run.duration_s), run.kind === 'cuda' && run.driver && `driver ${run.driver.split(' ')[0].replace(/,$/, '')}`,
  ].filter(Boolean).join(' · ');
  if (data.night) byId('night').replaceChildren(...nightNotes(data.night));
  const alerts = [];
  if (run.status && run.status !== 'finished') alerts.push(`This run is not finished (${run.status}): what is missing here was never measured.`);
  if (run.kind === 'cpu') alerts.push('Times of the cpu device: they show that kernels are right, and say nothing about a GPU.');
  if (run.kind === 'null') alerts.push('Scripted times of the null device: nothing was measured.');
  byId('tiles').replaceChildren(...[0, 1].filter(rule => isDecided[rule]).map(answerTile), failureTile(), noiseTile());
  const decided = operators.filter(o => o.decisions[principal(o)]).sort((a, b) => {
    const [x, y] = [a, b].map(o => Math.log(o.decisions[principal(o)].estimate / RULES[principal(o)].threshold));
    return y - x;
  });
  if (arePoints.some(Boolean)) alerts.push('These data have no intervals: ratios are of the times as they stand, and nothing is decided by them.');
  byId('alerts').replaceChildren(...alerts.map(alert => h('p', { class: 'alert' }, alert)), ...run.notes.map(note => h('p', { class: 'alert note' }, note)));
  const points = arePoints.some(Boolean);
  const winners = decided.filter(o => points || o.decisions[principal(o)].answer === 'pass').slice(0, 5);
  const losers = decided.filter(o => points || o.decisions[principal(o)].answer !== 'pass').reverse().slice(0, 5);
  byId('lists').replaceChildren(extremes(points ? 'Fastest, as points' : 'Winners', winners, decided.length ? 'No operator passes.' : 'Nothing was compared.'),
    extremes(points ? 'Slowest, as points' : 'Not passing', losers, decided.length ? 'None: every operator passes.' : 'Nothing was compared.'), failureList());
}
