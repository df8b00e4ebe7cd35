#!/usr/bin/env node
// The services on Node, with the package ws; also on Bun, which brings a ws of its own.

import { Multiplexer } from 'strandmux';
import { WebSocketServer } from 'ws';
import { serve } from './services.mjs';

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
server.on('connection', (socket) => serve(new Multiplexer(socket, { role: 'server' })));
server.on('listening', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
