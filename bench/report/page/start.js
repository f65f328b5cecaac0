/* Theme, navigation, and everything drawn once. */

function startTheme() {
  const root = document.documentElement, button = byId('theme'), dark = matchMedia('(prefers-color-scheme: dark)');
  const now = () => root.dataset.theme || (dark.matches ? 'dark' : 'light');
  const show = () => {
    button.textContent = now() === 'dark' ? 'Light' : 'Dark';
    button.setAttribute('aria-label', `Change to ${now() === 'dark' ? 'light' : 'dark'} colours`);
  };
  /* A file that was opened from a disk may have no storage: the choice then lasts as long as the page. */
  try { const kept = localStorage.getItem('bench-theme'); if (kept === 'dark' || kept === 'light') root.dataset.theme = kept; } catch { /* no storage */ }
  button.addEventListener('click', () => {
    root.dataset.theme = now() === 'dark' ? 'light' : 'dark';
    try { localStorage.setItem('bench-theme', root.dataset.theme); } catch { /* no storage */ }
    show();
  });
  dark.addEventListener('change', show);
  show();
}

function startNavigation() {
  const sections = [...document.querySelectorAll('main > section')].filter(section => !section.hidden);
  const names = { summary: 'Summary', operators: 'Operators', history: 'History', cases: 'Cases', roofline: 'Roofline', failures: 'Failures', noise: 'Noise', environment: 'Environment' };
  byId('nav').append(...sections.map(section => h('a', { href: '#' + section.id }, names[section.id])));
}

startTheme();
drawSummary();
startOperators();
startHistory();
startCases();
startRoofline();
drawFailures();
drawNoise();
drawEnvironment();
startNavigation();
byId('made').textContent = `Made by bench ${data.bench} on ${when(data.made)}. This page holds all of its data and asks no network for anything.`;
document.documentElement.dataset.ready = 'yes';
