// The state of the connection, in words, and the button that changes it.

import { setText } from './frame.js';

const WORDS = { connecting: 'Connecting', open: 'Open', closed: 'Closed' };
const ACTIONS = { connecting: 'Cancel', open: 'Disconnect', waiting: 'Connect now', closed: 'Connect' };

export function showStatus(connection, announce) {
  const root = document.getElementById('connection');
  const text = document.getElementById('connection-text');
  const code = document.getElementById('connection-code');
  const action = document.getElementById('connection-action');
  let countdown;

  document.getElementById('connection-url').textContent = connection.url;
  action.addEventListener('click', () => {
    if (connection.state.name === 'open' || connection.state.name === 'connecting') connection.stop();
    else connection.start();
  });
  connection.addEventListener('state', () => {
    const { name, reason } = connection.state;
    clearInterval(countdown);
    if (name === 'waiting') countdown = setInterval(showWords, 250);
    showWords();
    setText(action, ACTIONS[name]);
    setText(code, reason?.code ?? '');
    code.title = reason?.message ?? '';
    code.hidden = !reason;
    root.dataset.state = name;
    root.dataset.code = reason?.code ?? '';
    // The countdown is for the eye; a screen reader hears once that the connection is gone.
    if (name === 'open') announce('Connection open');
    if (name === 'waiting') announce(`Connection lost: ${reason.code}. Reconnecting.`);
    if (name === 'closed') announce(`Connection closed${reason ? `: ${reason.code}` : ''}`);
  });

  function showWords() {
    const { name, until } = connection.state;
    if (name !== 'waiting') return setText(text, WORDS[name]);
    setText(text, `Reconnecting in ${Math.max(1, Math.ceil((until - performance.now()) / 1000))}\u00a0s`);
  }
}
