// Sending on a bare WebSocket no faster than it leaves, in a page and in Node.

// Enough that it does not run empty between two looks.
const HIGH = 4 * 1024 * 1024;
const LOW = HIGH / 2;

/** Sends, and returns a promise if more should wait. */
export function send(socket, bytes) {
  // The sockets of `ws` say when something has left; those of a page have to be asked.
  if (socket.on) return sendInNode(socket, bytes);
  socket.send(bytes);
  return socket.bufferedAmount > HIGH ? drained(socket) : undefined;
}

function sendInNode(socket, bytes) {
  if (socket.readyState !== 1) return Promise.reject(new Error('the WebSocket is closed'));
  if (socket.bufferedAmount <= HIGH) {
    socket.send(bytes);
    return undefined;
  }
  return new Promise((resolve, reject) => {
    socket.send(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

function drained(socket) {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (socket.readyState !== 1) reject(new Error('the WebSocket is closed'));
      else if (socket.bufferedAmount <= LOW) resolve();
      else setTimeout(look, 1);
    };
    setTimeout(look, 1);
  });
}

/** A WebSocket that is open. */
export function openSocket(url, protocols = []) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, protocols);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => resolve(socket);
    socket.onerror = () => reject(new Error('the WebSocket did not open'));
  });
}

/** Calls back with each message as bytes, and once at the end. */
export function listen(socket, onMessage, onEnd) {
  if (socket.on) {
    socket.on('message', onMessage);
    socket.on('close', onEnd);
    socket.on('error', onEnd);
  } else {
    socket.onmessage = ({ data }) => onMessage(new Uint8Array(data));
    socket.onclose = onEnd;
  }
}
