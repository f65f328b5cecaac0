/* Elements and numbers. Text from data reaches the page through textContent and attributes alone,
 * never as markup. */

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children.flat(9))
    if (child !== undefined && child !== null && child !== false) node.append(child);
  return node;
}
const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
const byId = id => document.getElementById(id);
const percent = share => (100 * share).toFixed(3) + '%';

/* Three or four significant digits, without an exponent where people would write none. */
function digits(value, count = 4) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 1e6 || (size < 1e-4 && size > 0)) return value.toExponential(2);
  const places = size === 0 ? 0 : Math.max(0, count - 1 - Math.floor(Math.log10(size)));
  return value.toFixed(Math.min(places, 6));
}
const ratio = value =>
  value === null || !Number.isFinite(value) ? '∞' : value < 9.995 ? value.toFixed(value < 0.1 ? 3 : 2) : digits(value, 3);
const percentOf = part => (part < 0.0995 ? (100 * part).toFixed(1) : String(Math.round(100 * part))) + ' %';
const whole = value => Math.round(value).toLocaleString('en-US');
const plural = (count, one, many) => `${whole(count)} ${count === 1 ? one : many || one + 's'}`;

function time(ms) {
  if (ms === null || ms === undefined) return '–';
  if (ms < 1e-3) return digits(ms * 1e6, 3) + ' ns';
  if (ms < 1) return digits(ms * 1e3) + ' µs';
  return ms < 1000 ? digits(ms) + ' ms' : digits(ms / 1000) + ' s';
}
function quantity(value, unit) {
  if (value === null || value === undefined) return '–';
  const steps = ['', 'k', 'M', 'G', 'T', 'P'];
  let step = 0;
  while (Math.abs(value) >= 1000 && step + 1 < steps.length) { value /= 1000; step++; }
  return `${digits(value, 3)} ${steps[step]}${unit}`;
}
function duration(seconds) {
  if (seconds === null || seconds === undefined) return '';
  if (seconds < 90) return digits(seconds, 3) + ' s';
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
const when = iso => (iso || '').replace('T', ' ').replace(/:\d\dZ$/, ' UTC');

/* Buttons of which one is chosen. */
function choice(label, options, chosen, choose) {
  const buttons = options.map(([value, text]) =>
    h('button', { type: 'button', 'aria-pressed': String(value === chosen), onclick: () => {
      buttons.forEach((button, i) => button.setAttribute('aria-pressed', String(options[i][0] === value)));
      choose(value);
    } }, text));
  return h('div', { class: 'choice', role: 'group', 'aria-label': label }, buttons);
}
function select(label, options, choose) {
  const element = h('select', { onchange: () => choose(element.value) },
    options.map(([value, text]) => h('option', { value }, text)));
  return h('label', {}, label, element);
}
