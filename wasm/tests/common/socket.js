// Evaluated as a function's body: the class of WebSocket-like objects that the tests run over.
return class FakeSocket extends EventTarget {
    static lastUrl;
    static last;

    readyState = 1;
    bufferedAmount = 0;
    binaryType = "blob";
    url = "";
    protocols;
    /** Where what is sent goes, if anywhere. */
    peer = null;
    /** Whether a close is answered at once, as by a peer that is there. */
    answersClose = true;
    /** Whether bytes stay in `bufferedAmount` until the test takes them out. */
    keepsBuffered = false;
    /** Whether the caller's view is kept and read later, as the package `ws` does. */
    keepsView = false;
    /** Told of what was sent last that it has left, as by the package `ws`. */
    onSent;
    /** What `send` throws. */
    failure = null;
    /** The calls of `send` (the bytes) and `close` (a string), in order. */
    calls = [];
    listening = {};

    /** As the platform's: connecting. Without arguments: open. */
    constructor(url, protocols) {
        super();
        if (url !== undefined) {
            this.readyState = 0;
            this.url = String(url);
            this.protocols = protocols;
            FakeSocket.last = this;
        }
    }

    addEventListener(type, listener) {
        this.listening[type] = (this.listening[type] ?? 0) + 1;
        super.addEventListener(type, listener);
    }

    removeEventListener(type, listener) {
        this.listening[type] -= 1;
        super.removeEventListener(type, listener);
    }

    send(data, onSent) {
        if (this.failure) {
            throw this.failure;
        }
        if (this.readyState === 0) {
            throw new Error("still connecting");
        }
        const bytes = this.keepsView ? data : new Uint8Array(data).slice();
        this.calls.push(bytes);
        this.onSent = onSent;
        if (this.keepsBuffered) {
            this.bufferedAmount += bytes.byteLength;
        }
        if (this.peer) {
            queueMicrotask(() => this.peer.receive(bytes.slice().buffer));
        }
    }

    close(code = 1005, reason = "") {
        if (this.readyState >= 2) {
            return;
        }
        this.calls.push(`close ${code} ${reason}`);
        this.readyState = 2;
        if (this.answersClose) {
            queueMicrotask(() => {
                this.peer?.finish(code, reason, true);
                this.finish(code, reason, true);
            });
        }
    }

    /** The connection is there. */
    open() {
        this.readyState = 1;
        this.emit("open", {});
    }

    /** A message comes. As the platform's, a socket that is closing delivers none. */
    receive(data) {
        if (this.readyState === 1) {
            this.emit("message", { data });
        }
    }

    /** The connection has gone. */
    finish(code, reason, wasClean) {
        if (this.readyState !== 3) {
            this.readyState = 3;
            this.emit("close", { code, reason, wasClean });
        }
    }

    emit(type, fields) {
        this.dispatchEvent(Object.assign(new Event(type), fields));
    }
};
