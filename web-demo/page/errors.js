// Errors that nothing caught. Imported first, so that none of the other modules can fail unseen:
// they are kept in `window.pageErrors` and shown at the foot of the page.

window.pageErrors = [];

function keep(what) {
  window.pageErrors.push(what);
  const list = document.getElementById('page-errors');
  list.hidden = false;
  list.append(Object.assign(document.createElement('li'), { textContent: what }));
}

addEventListener('error', (event) => keep(`${event.message} (${event.filename}:${event.lineno})`));
addEventListener('unhandledrejection', ({ reason }) => {
  keep(`unhandled rejection: ${reason?.code ?? reason?.name ?? ''} ${reason?.message ?? reason}`);
});
