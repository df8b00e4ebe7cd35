// Evaluated as a function's body: calls everything there is with values of every kind.
//
// Gives a function of the classes, of `below(n)` (a random number from 0 to n - 1) and of how many calls to make. It
// rejects if one of them fails other than by an error with a code, or if a multiplexer suffers from it.

const mine = { thrown: 'by the test' };

const values = [
    undefined, null, true, false, NaN, 0, -0, 1, -1, 0.5, 3, 7, 8, 64, 255, 256, 1000, 1001, 1005, 3000, 4999, 5000, 65535,
    65536, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1, 2 ** 53, 1e308, Infinity, -Infinity,
    '', 'server', 'client', '1000', 'x'.repeat(124), '\ud800', 'e\u0301'.repeat(41),
    Symbol('any'), Symbol.iterator, 5n, 2n ** 64n, -1n,
    {}, [], [1], ['one', 'two'], () => {}, class {}, Object.create(null), new Map(), new Error('any'), /any/, globalThis,
    new Date(), new Date(NaN), new Date(8.64e15), new Date(-8.64e15), new Date(0),
    { getTime: 5 }, { getTime: () => 'late' }, { getTime: () => { throw mine; } },
    { valueOf: () => { throw mine; } }, { then: () => { throw mine; } },
    new Uint8Array(3), new Uint8Array(0), new Uint16Array(2), new ArrayBuffer(5), new DataView(new ArrayBuffer(4)),
    AbortSignal.abort(mine), new AbortController().signal,
    { aborted: true }, { aborted: false }, { aborted: 0, addEventListener() {}, removeEventListener() {} },
    new Proxy({}, {}), new Proxy({}, { get() { throw mine; } }), new Proxy(() => {}, {}),
    Promise.resolve(5), new EventTarget(),
];

const names = [
    'streamReceiveWindow', 'maxStreamReceiveWindow', 'receiveBudget', 'writeBufferCount', 'acceptBacklog', 'heartbeatTransmitInterval', 'maxHeartbeatReceiveInterval',
    'maxUnacceptedOpens', 'maxInboundStreams', 'maxQueuedRejections', 'maxMessageSize', 'closeTimeout',
    'tolerateReorderedOpens', 'anyInputIsLife', 'closeMeansAbort', 'role', 'signal', 'protocols', 'priority', 'code',
    'reason', 'deadline', 'unknown',
];

function isTyped(error) {
    return error === mine || (error instanceof Error && typeof error.code === 'string') || error?.name === 'AbortError';
}

return async function fuzz(Multiplexer, FakeSocket, below, calls) {
    const log = [];
    const any = () => values[below(values.length)];
    const options = () => {
        if (below(8) === 0) return any();
        const made = {};
        for (let left = 1 + below(3); left > 0; left -= 1) {
            const name = names[below(names.length)];
            if (below(20) === 0) Object.defineProperty(made, name, { configurable: true, get() { throw mine; } });
            else Object.defineProperty(made, name, { configurable: true, value: any() });
        }
        return made;
    };

    /** Calls it and waits, but not for what may take for ever. Gives what came of it, or undefined. */
    async function attempt(what, call) {
        log.push(what);
        if (log.length > 5) log.shift();
        try {
            const result = call();
            if (!(result instanceof Promise)) return result;
            const turn = new Promise((resolve) => setTimeout(resolve, 0));
            result.catch(() => {});
            return await Promise.race([result, turn]);
        } catch (error) {
            if (isTyped(error)) return undefined;
            throw new Error(`${log.join(', ')}: ${error?.stack ?? String(error)}`);
        }
    }

    function pair(clientOptions) {
        const [one, other] = [new FakeSocket(), new FakeSocket()];
        [one.peer, other.peer] = [other, one];
        const client = new Multiplexer(one, clientOptions);
        const server = new Multiplexer(other, { role: 'server' });
        (async () => {
            for await (const stream of server) stream.readable.pipeTo(stream.writable).catch(() => {});
        })();
        return [client, server];
    }

    async function check(client) {
        const stream = await client.openStream();
        const writer = stream.writable.getWriter();
        await writer.write(new Uint8Array([1, 2, 3]));
        writer.close();
        const echo = [];
        for (const reader = stream.readable.getReader(); ; ) {
            const { value, done } = await reader.read();
            if (done) break;
            echo.push(...value);
        }
        if (echo.join() !== '1,2,3') throw new Error(`after ${log.join(', ')}: an echo of ${echo}`);
        if (client.internalError) throw client.internalError;
    }

    /** Calls any method with anything, and reads any property. */
    async function poke(target, except) {
        const prototype = Object.getPrototypeOf(target);
        // What begins with two underscores belongs to wasm-bindgen.
        const isPublic = (key) => !except.includes(key) && !String(key).startsWith('__');
        const keys = Reflect.ownKeys(prototype).filter(isPublic);
        const key = keys[below(keys.length)];
        return attempt(String(key), () => {
            const member = target[key];
            return typeof member === 'function' ? member.call(target, below(2) ? any() : options(), options()) : member;
        });
    }

    const [client, server] = pair();
    const kept = ['constructor', 'free', Symbol.dispose];
    for (let call = 0; call < calls; call += 1) {
        const kind = below(6);
        if (kind === 0) {
            await attempt('new', () => {
                const made = new Multiplexer(below(4) ? new FakeSocket() : any(), options());
                made.close();
                made.free();
            });
        } else if (kind === 1) {
            const [one, other] = pair();
            await attempt('close', () => one.close(options()));
            one.close();
            await Promise.race([other.closed, one.closed]).catch(() => {});
        } else if (kind === 2) {
            await attempt('connect', async () => {
                const url = below(2) ? 'ws://127.0.0.1:2/' : any();
                const made = Multiplexer.connect(url, options());
                for (let turns = 0; turns < 5; turns += 1) await undefined;
                FakeSocket.last?.open();
                (await made).close();
            });
        } else if (kind === 3) {
            const stream = await attempt('openStream', () => client.openStream(options()));
            if (stream?.id !== undefined) {
                for (let pokes = below(8); pokes > 0; pokes -= 1) await poke(stream, kept);
                await stream.close();
            }
        } else {
            await poke(client, [...kept, 'close']);
        }
        if (call % 50 === 49) await check(client);
    }
    await client.close();
    await server.closed;
};
