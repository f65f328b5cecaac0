/* The roofline: what each case reached, and what the device can. Many cases share a mark, which is
 * then larger. */

const roof = { kind: 'intensity', cells: 70 };

function roofPoints() {
  const list = [];
  for (let i = 0; i < caseCount; i++) {
    const took = cases.time[0][i], bytes = cases.bytes[i], flops = cases.flops[i], least = cases.roofline[i];
    if (took === null) continue;
    if (roof.kind === 'intensity') {
      if (bytes > 0 && flops > 0) list.push([flops / bytes, flops / took * 1e3, i]);
    } else if (least > 0) list.push([least, Math.min(1.5, least / took), i]);
  }
  return list;
}

const isNarrow = i => !['float32', 'float64'].includes(text(cases.dtype[i]));

function cluster(points, x, y) {
  if (points.length <= 1500) return points.map(([a, b, i]) => [a, b, i, 1]);
  const cells = new Map();
  points.forEach(([a, b, i]) => {
    const key = (Math.round(x.at(a) * roof.cells * 2) * 1000 + Math.round(y.at(b) * roof.cells)) * 2 + isNarrow(i);
    const cell = cells.get(key);
    if (cell) cell[3]++; else cells.set(key, [a, b, i, 1]);
  });
  return [...cells.values()];
}

const RATES = [['fp64_flops', 'float64'], ['fp32_flops', 'float32'], ['fp16_flops', 'float16'], ['tf32_tensor_flops', 'TF32 tensor'], ['fp16_tensor_flops', 'float16 tensor'], ['bf16_tensor_flops', 'bfloat16 tensor']];
function deviceRates() {
  const known = run.environment && run.environment.roofline;
  if (!known || !known.known) return null;
  const memory = Math.max(known.read_bytes_s || 0, known.write_bytes_s || 0, known.copy_bytes_s || 0);
  const peaks = RATES.map(([key, name]) => [known[key], name]).filter(([rate]) => rate > 0);
  /* Rates that are the same but for a few percent are one line. */
  const lines = [];
  peaks.sort((a, b) => a[0] - b[0]).forEach(([rate, name]) => {
    const last = lines[lines.length - 1];
    if (last && rate / last.rate < 1.15) last.names.push(name); else lines.push({ rate, names: [name] });
  });
  return memory ? { memory, lines } : null;
}

function intensityRoofs(x, y, rates) {
  const end = (rate, from) => Math.min(Math.max(rate / rates.memory, from), x.high);
  const X = value => percent(x.at(value)), Y = value => percent(1 - y.at(value));
  const top = rates.lines[rates.lines.length - 1].rate;
  const corner = Math.min(x.high, top / rates.memory);
  const start = Math.max(x.low, y.low / rates.memory);
  const lines = [s('line', { class: 'roof', x1: X(start), y1: Y(start * rates.memory), x2: X(corner), y2: Y(corner * rates.memory) })];
  rates.lines.filter(line => line.rate < y.high && line.rate > y.low && line.rate / rates.memory < x.high).forEach(line =>
    lines.push(s('line', { class: 'roof', x1: X(end(line.rate, x.low)), x2: '100%', y1: Y(line.rate), y2: Y(line.rate) }),
      s('text', { x: '100%', y: Y(line.rate), dy: -5, 'text-anchor': 'end', class: 'halo' }, `${line.names.join(', ')} ${quantity(line.rate, 'FLOP/s')}`)));
  return lines;
}

function roofAxes(points, rates) {
  const xs = points.map(p => p[0]), ys = points.map(p => p[1]);
  const least = list => list.reduce((a, b) => Math.min(a, b)), most = list => list.reduce((a, b) => Math.max(a, b));
  if (roof.kind !== 'intensity')
    return [logScale(least(xs) / 1.3, most(xs) * 1.3, 6), logScale(Math.min(least(ys), 0.1) / 1.2, 1.25, 6)];
  const right = most(xs) * 1.6;
  const cap = rates ? Math.min(rates.lines[rates.lines.length - 1].rate, right * rates.memory) : 0;
  return [logScale(least(xs) / 1.6, right, 7), logScale(least(ys) / 2, Math.max(most(ys), cap) * 1.7, 7)];
}

function drawRoofline() {
  const points = roofPoints(), rates = deviceRates(), byIntensity = roof.kind === 'intensity';
  const [x, y] = roofAxes(points, rates);
  const marks = cluster(points, x, y), shared = marks.length < points.length;
  const showX = value => (byIntensity ? digits(value, 2).replace(/\.0+$/, '') : time(value).replace(/\.0+ /, ' '));
  const showY = value => (byIntensity ? quantity(value, 'FLOP/s').replace(/\.0+ /, ' ') : Math.round(100 * value) + ' %');
  const plot = s('svg', { class: 'chart', height: 380, role: 'img', 'aria-label': `Roofline plot of ${plural(points.length, 'case')}; the table of cases has the same numbers` },
    x.ticks.map(tick => [s('line', { class: 'grid', x1: percent(x.at(tick)), x2: percent(x.at(tick)), y1: 0, y2: '100%' }),
      s('text', { x: percent(x.at(tick)), y: '100%', dy: 17, 'text-anchor': 'middle' }, showX(tick))]),
    y.ticks.map(tick => [s('line', { class: 'grid', x1: 0, x2: '100%', y1: percent(1 - y.at(tick)), y2: percent(1 - y.at(tick)) }),
      s('text', { x: -8, y: percent(1 - y.at(tick)), dy: 4, 'text-anchor': 'end' }, showY(tick))]),
    byIntensity && rates ? intensityRoofs(x, y, rates) : null,
    byIntensity ? null : s('line', { class: 'roof', x1: 0, x2: '100%', y1: percent(1 - y.at(1)), y2: percent(1 - y.at(1)) }),
    marks.map(([a, b, i, count]) => {
      const r = Math.min(9, 2.8 + Math.log2(count)), at = { cx: percent(x.within(a)), cy: percent(1 - y.within(b)) };
      return s('circle', { class: `dot ${isNarrow(i) ? 'reference ring' : 'candidate'}`, ...at, r },
        s('title', {}, `${caseTitle(i)}: ${showY(b)}` + (count > 1 ? `, and ${count - 1} more near it` : '')));
    }));
  const figure = h('figure', {}, h('div', { class: 'framed' }, plot),
    h('ul', { class: 'key' }, h('li', {}, s('svg', { viewBox: '0 0 22 14', 'aria-hidden': 'true' }, s('circle', { class: 'dot candidate', cx: 11, cy: 7, r: 4 })), 'float32, float64'),
      h('li', {}, s('svg', { viewBox: '0 0 22 14', 'aria-hidden': 'true' }, s('circle', { class: 'dot reference ring', cx: 11, cy: 7, r: 4 })), 'narrower dtypes'),
      shared && h('li', {}, `${whole(points.length)} cases in ${whole(marks.length)} marks; larger ones stand for more`)));
  byId('roofline-plot').replaceChildren(figure);
}

function startRoofline() {
  const has = kind => { roof.kind = kind; return roofPoints().length > 0; };
  const least = has('least'), intensity = has('intensity');
  if (!least && !intensity) return;
  byId('roofline').hidden = false;
  const choose = kind => {
    roof.kind = kind;
    byId('roofline-lead').textContent = kind === 'intensity'
      ? 'Work a second of the candidates over their arithmetic intensity (FLOP for each byte that must be moved). The lines are what this device was measured to do; data in its cache may be faster than memory.'
      : 'How much of the least possible time the candidates reached: 100 % is as fast as this device can be for the bytes and operations of a case.';
    drawRoofline();
  };
  if (least && intensity)
    byId('roofline-controls').append(choice('Kind of roofline', [['intensity', 'By intensity'], ['least', 'Against the least time']], 'intensity', choose));
  choose(intensity ? 'intensity' : 'least');
}
